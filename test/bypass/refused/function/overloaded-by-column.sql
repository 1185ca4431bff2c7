-- The overload is chosen by a column's type.
SELECT length(id) FROM customers
