-- A vetted body calls by its schema's name what stands in nobody's path.
SELECT public.vouched_qualified('x')
