-- RESET of one, with what was set before in the same text.
SET search_path = shadow, public; SET search_path = public; RESET application_name; ROLLBACK; SELECT earth()
-- then
SELECT earth() /* */; SET search_path = shadow, public; SELECT earth()
