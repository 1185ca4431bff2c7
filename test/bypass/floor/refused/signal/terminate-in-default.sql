-- As a column's default, computed at once.
ALTER TABLE app.log ADD COLUMN gone boolean DEFAULT pg_terminate_backend((SELECT 1))
