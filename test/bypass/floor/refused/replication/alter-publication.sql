-- An existing one sends more.
ALTER PUBLICATION p ADD TABLE public.orders
