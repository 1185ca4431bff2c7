-- As TABLE.
TABLE public.remote_orders
