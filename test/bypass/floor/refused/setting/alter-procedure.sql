-- Or to a procedure.
ALTER PROCEDURE public.proc_write(text) SET role TO corpus_reader
