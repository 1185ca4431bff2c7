-- A foreign table that is a file of the server's.
SELECT line FROM public.server_lines
