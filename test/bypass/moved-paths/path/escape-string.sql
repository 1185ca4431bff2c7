-- The schema's name as an escape string that is continued.
SET search_path = E'sha'
'd\x6fw', public
-- then
SELECT earth()
