-- Starts a backup.
SELECT pg_backup_start('x')
