-- SET SCHEMA is another spelling.
SET SCHEMA 'shadow'
-- then
SELECT earth()
