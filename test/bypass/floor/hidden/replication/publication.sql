-- Sends changes away.
DO $outer$ BEGIN EXECUTE $inner$CREATE PUBLICATION p FOR TABLE public.orders$inner$; END $outer$
