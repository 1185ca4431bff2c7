-- Where nobody looks.
SELECT id FROM customers WHERE pg_try_advisory_lock(id)
