-- In BETWEEN.
SELECT id FROM customers WHERE id BETWEEN immutable_lie(1) AND 3
