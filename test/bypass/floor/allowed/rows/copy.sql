-- COPY of a query to the client.
COPY (SELECT id FROM public.orders) TO STDOUT
