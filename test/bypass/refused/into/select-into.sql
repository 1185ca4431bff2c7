-- SELECT INTO creates a table.
SELECT * INTO copied FROM customers
