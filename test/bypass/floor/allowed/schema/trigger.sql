-- A trigger.
CREATE TRIGGER t BEFORE UPDATE ON public.orders FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()
-- then
DROP TRIGGER t ON public.orders
