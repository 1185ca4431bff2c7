-- Comments nest.
/* a /* b */ SELECT 1; */ DELETE FROM orders
