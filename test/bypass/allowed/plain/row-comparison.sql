-- Rows compared.
SELECT * FROM orders WHERE (customer, id) > (1, 2)
