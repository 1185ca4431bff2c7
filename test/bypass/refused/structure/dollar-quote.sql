-- A dollar quote that looks open.
SELECT $a$ ; $a$; DELETE FROM orders
