-- Any code at all.
DO $$ BEGIN DELETE FROM orders; END $$
