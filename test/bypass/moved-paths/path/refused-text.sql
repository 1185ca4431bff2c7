-- A text that is refused sets nothing.
SET search_path = shadow, public
-- then
SET search_path = public; DELETE FROM customers
-- then
SELECT earth()
