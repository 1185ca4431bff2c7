-- json_agg of rows runs the cast to json of each column's type.
SELECT json_agg(t) FROM (SELECT 'ok'::public.mood AS m) t
