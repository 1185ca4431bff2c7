-- With rows that the writer could have written itself.
CALL public.proc_write('definer')
