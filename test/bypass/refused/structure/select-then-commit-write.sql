-- Between transaction words.
BEGIN; SELECT 1; COMMIT; DELETE FROM orders
