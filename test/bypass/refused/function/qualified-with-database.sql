-- With database and schema.
SELECT bypass.public.definer_write('x')
