-- Or something that is merely read.
INSERT INTO pg_description VALUES (1, 1, 0, 'x')
