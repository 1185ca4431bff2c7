-- The time zone.
SET TIME ZONE 'UTC'
-- then
SET timezone TO 'Europe/Berlin'
-- then
SHOW TimeZone
