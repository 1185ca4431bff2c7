-- ONLY does not change what a delete is.
DELETE FROM ONLY orders
