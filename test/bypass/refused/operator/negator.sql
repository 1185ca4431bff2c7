-- NOT of a plain operator is planned as its negator, which writes.
SELECT NOT (id ==~ 2) FROM customers
