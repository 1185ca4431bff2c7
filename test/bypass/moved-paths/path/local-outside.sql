-- SET LOCAL outside a transaction does nothing.
SET search_path = shadow, public
-- then
SET LOCAL search_path = public
-- then
SELECT earth()
