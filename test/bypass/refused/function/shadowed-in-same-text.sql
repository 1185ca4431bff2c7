-- SET and use in one text.
SET search_path = shadow, pg_catalog; SELECT lower('x')
