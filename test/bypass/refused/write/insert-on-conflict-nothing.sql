-- A write that may change nothing still takes a transaction id and locks.
INSERT INTO customers (id, name) VALUES (1, 'x') ON CONFLICT DO NOTHING
