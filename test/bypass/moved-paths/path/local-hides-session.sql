-- SET LOCAL behind SET hides it up to COMMIT.
BEGIN; SET search_path = shadow, public; SET LOCAL search_path = public
-- then
COMMIT
-- then
SELECT earth()
