-- Attribute notation on a sub-select's column.
SELECT (q.s).of_customer FROM (SELECT c FROM customers c) q(s)
