-- Given to one that there is.
ALTER FUNCTION public.harmless(int) SET session_replication_role = replica
