-- SET LOCAL is over with COMMIT.
SET search_path = shadow, public
-- then
BEGIN; SET LOCAL search_path = public; COMMIT
-- then
SELECT earth()
