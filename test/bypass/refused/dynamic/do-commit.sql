-- Code that commits by itself.
DO $$ BEGIN PERFORM set_config('transaction_read_only', 'off', false); COMMIT; DELETE FROM public.orders; END $$
