-- SET, and the ROLLBACK of a text without BEGIN.
SET search_path = shadow, public
-- then
SET search_path = public; ROLLBACK; SELECT earth()
