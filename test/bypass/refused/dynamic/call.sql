-- A procedure.
CALL proc_write('x')
