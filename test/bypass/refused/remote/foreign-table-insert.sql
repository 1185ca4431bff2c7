-- And writes there.
INSERT INTO remote_orders VALUES (1)
