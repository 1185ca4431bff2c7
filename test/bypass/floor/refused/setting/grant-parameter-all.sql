-- With the whole server's.
GRANT ALL ON PARAMETER work_mem TO corpus_writer
