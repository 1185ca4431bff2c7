-- current_schema() makes the session's temporary schema where pg_temp comes first.
SET search_path = nowhere, pg_temp, public
-- then
SELECT current_schema()
