-- In a join, of one table.
SELECT * FROM customers c JOIN orders o ON o.customer = c.id FOR KEY SHARE OF o
