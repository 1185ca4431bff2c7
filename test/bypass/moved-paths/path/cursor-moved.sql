-- MOVE runs what FETCH runs.
BEGIN
-- then
DECLARE c SCROLL CURSOR FOR SELECT vouched_late('x') FROM generate_series(1, 3)
-- then
SET LOCAL search_path = shadow, public
-- then
MOVE FORWARD ALL IN c
