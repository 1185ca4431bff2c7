-- Row locks stop others.
SELECT * FROM customers FOR UPDATE
