-- Reloads the server's configuration.
SELECT pg_reload_conf()
