-- SET behind SET LOCAL in one transaction lasts.
BEGIN; SET LOCAL search_path = public; SET search_path = shadow, public; COMMIT
-- then
SELECT earth()
