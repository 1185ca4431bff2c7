-- With another table.
DELETE FROM public.orders o USING public.customers c WHERE c.id = o.customer AND o.id = 38
