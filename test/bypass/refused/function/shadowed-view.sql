-- A table's name that is a view of another schema now.
SET search_path = shadow, public
-- then
SELECT * FROM customers
