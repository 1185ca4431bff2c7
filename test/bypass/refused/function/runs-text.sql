-- A function that runs any text.
SELECT run('DELETE FROM public.orders')
