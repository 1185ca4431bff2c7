-- The right to change the whole server.
GRANT ALTER SYSTEM ON PARAMETER work_mem TO PUBLIC
