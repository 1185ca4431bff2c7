-- One that is there is made another's.
ALTER FOREIGN TABLE public.server_lines OPTIONS (SET filename '/etc/passwd')
