-- row_to_json of a sub-query’s row runs the casts of its columns’ types.
SELECT row_to_json(q) FROM (SELECT 'ok'::public.mood AS a) q
