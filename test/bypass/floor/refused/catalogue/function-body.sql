-- Another body for a function that is called already, past every statement that makes code.
UPDATE pg_proc SET prosrc = 'SELECT 3' WHERE proname = 'harmless'
