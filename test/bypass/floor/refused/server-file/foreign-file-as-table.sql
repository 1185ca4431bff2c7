-- In the words of ALTER TABLE.
ALTER TABLE public.server_lines OPTIONS (SET filename '/etc/passwd')
