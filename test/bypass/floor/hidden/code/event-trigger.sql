-- One that sees every change of the schema.
DO $outer$ BEGIN EXECUTE $inner$CREATE EVENT TRIGGER t ON ddl_command_start EXECUTE FUNCTION public.harmless()$inner$; END $outer$
