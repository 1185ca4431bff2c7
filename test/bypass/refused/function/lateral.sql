-- LATERAL calls per row.
SELECT * FROM customers c, LATERAL many_writes(c.id) m
