-- In LIMIT.
SELECT id FROM customers LIMIT immutable_lie(1)
