-- SET LOCAL, and the COMMIT of a text without BEGIN.
SET search_path = shadow, public
-- then
SET LOCAL search_path = public; COMMIT; SELECT earth()
