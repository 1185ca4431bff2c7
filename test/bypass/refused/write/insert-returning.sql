-- A write that answers like a read.
INSERT INTO customers (id, name) VALUES (100, 'x') RETURNING *
