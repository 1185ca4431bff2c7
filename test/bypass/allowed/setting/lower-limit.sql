-- A limit lowered.
SET statement_timeout = '5s'
-- then
SET lock_timeout = 1000
-- then
SELECT 1
