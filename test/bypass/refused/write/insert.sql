-- The plain write.
INSERT INTO customers (id, name) VALUES (100, 'x')
