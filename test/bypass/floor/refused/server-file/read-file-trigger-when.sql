-- In the WHEN of a trigger.
CREATE TRIGGER t BEFORE DELETE ON public.ruled FOR EACH ROW WHEN (pg_read_file('postgresql.conf') <> '') EXECUTE FUNCTION suppress_redundant_updates_trigger()
