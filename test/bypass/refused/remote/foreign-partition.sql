-- A partition is a foreign table: reading its parent speaks to another server.
SELECT * FROM public.spread
