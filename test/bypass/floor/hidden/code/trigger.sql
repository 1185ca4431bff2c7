-- A trigger.
DO $outer$ BEGIN EXECUTE $inner$CREATE TRIGGER t BEFORE UPDATE ON public.orders FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()$inner$; END $outer$
