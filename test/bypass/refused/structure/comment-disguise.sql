-- A comment that looks like the end.
SELECT 1 -- ;
; DELETE FROM orders
