-- Another connection, other rights.
SELECT * FROM dblink('dbname=bypass', 'DELETE FROM orders RETURNING 1') AS t(a int)
