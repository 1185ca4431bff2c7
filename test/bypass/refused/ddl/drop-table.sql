-- The end of it.
DROP TABLE orders
