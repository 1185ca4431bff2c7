-- Clauses that take a boolean, a number or JSON of built-in types reach no cast.
SELECT count(*) FILTER (WHERE id > 1 AND NOT name IS NULL), json_agg(c), to_json(array_agg(c.id)) FROM public.customers c HAVING true LIMIT 5
