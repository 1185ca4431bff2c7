-- SHOW.
SHOW server_version
