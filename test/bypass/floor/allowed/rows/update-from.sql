-- With another table.
UPDATE public.orders o SET note = c.name FROM public.customers c WHERE c.id = o.customer AND o.id = 4
