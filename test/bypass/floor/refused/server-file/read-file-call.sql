-- As an argument of a procedure.
CALL public.proc_write(pg_read_file('postgresql.conf'))
