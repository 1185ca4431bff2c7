-- A foreign table reaches another server.
SELECT * FROM remote_orders
