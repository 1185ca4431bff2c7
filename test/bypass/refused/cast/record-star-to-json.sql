-- A row of a subquery, handed on as t.*, is made JSON of.
SELECT row_to_json(q.*) FROM (SELECT 'ok'::public.mood AS a) q
