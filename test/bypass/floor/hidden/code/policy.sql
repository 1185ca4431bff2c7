-- A row policy.
DO $outer$ BEGIN EXECUTE $inner$CREATE POLICY p ON public.orders USING (true)$inner$; END $outer$
