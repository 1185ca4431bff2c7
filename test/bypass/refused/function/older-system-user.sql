-- until 15: A reserved word of newer servers is a column, or a function in attribute notation, on older ones.
SELECT system_user FROM public.customers
