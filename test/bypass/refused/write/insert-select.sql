-- A write fed by a read.
INSERT INTO customers (id, name) SELECT id + 1000, name FROM customers
