-- TRUNCATE is not row by row and fires no row trigger.
TRUNCATE orders
