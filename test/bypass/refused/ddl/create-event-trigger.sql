-- Code at every DDL.
CREATE EVENT TRIGGER e ON ddl_command_start EXECUTE FUNCTION public.policy_write()
