-- SIMILAR TO and regular expressions.
SELECT * FROM customers WHERE name SIMILAR TO 'name (1|2)' OR name ~ '^name' OR name !~* 'X'
