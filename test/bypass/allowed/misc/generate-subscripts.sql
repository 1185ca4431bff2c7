-- Subscripts as rows.
SELECT generate_subscripts(ARRAY[5, 6], 1)
