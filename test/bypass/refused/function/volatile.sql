-- A function that writes with the caller's rights.
SELECT quiet_write('x')
