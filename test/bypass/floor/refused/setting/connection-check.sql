-- A statement whose gateway is gone would commit seconds later.
SET client_connection_check_interval = 0
