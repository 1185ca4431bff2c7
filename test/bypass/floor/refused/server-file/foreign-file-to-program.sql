-- Or a command's.
ALTER FOREIGN TABLE public.server_lines OPTIONS (DROP filename, ADD program 'id')
