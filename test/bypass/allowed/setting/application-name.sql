-- Who they are.
SET application_name = 'report'
-- then
SHOW application_name
