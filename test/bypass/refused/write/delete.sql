-- The plain delete.
DELETE FROM orders WHERE id = 1
