-- The COMMIT of a failed transaction takes SET back.
SET search_path = shadow, public
-- then
BEGIN; SET search_path = public
-- then
SELECT 1/0
-- then
COMMIT
-- then
SELECT earth()
