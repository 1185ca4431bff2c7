-- U& names.
SELECT U&"n\0061me" FROM customers
