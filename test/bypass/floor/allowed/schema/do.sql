-- A block of code, likewise.
DO $$ BEGIN UPDATE public.orders SET note = 'do' WHERE id = 8; END $$
