-- In a join condition.
SELECT * FROM customers c JOIN orders o ON o.customer = immutable_lie(c.id)
