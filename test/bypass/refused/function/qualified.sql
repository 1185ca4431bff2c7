-- With its schema.
SELECT public.definer_write('x')
