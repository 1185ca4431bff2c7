-- SET is taken back with its transaction.
SET search_path = shadow, public
-- then
BEGIN; SET search_path = public; ROLLBACK
-- then
SELECT earth()
