-- Subscripts.
SELECT doc['a']['b'] FROM orders
