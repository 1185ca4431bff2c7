-- In OFFSET.
SELECT id FROM customers OFFSET immutable_lie(0)
