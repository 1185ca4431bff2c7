-- A procedure, likewise.
CALL public.proc_write('called')
