-- In an UPDATE.
UPDATE public.orders SET note = pg_logical_emit_message(false, 'x', 'y')::text WHERE id = 1
