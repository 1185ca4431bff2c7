-- TRUNCATE.
TRUNCATE public.ruled
