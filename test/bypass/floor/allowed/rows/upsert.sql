-- ON CONFLICT.
INSERT INTO public.customers (id, name) VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET name = excluded.name
