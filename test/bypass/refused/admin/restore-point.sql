-- Writes a restore point.
SELECT pg_create_restore_point('x')
