-- A cursor that a vetted function opened is fetched from under another path.
BEGIN
-- then
SELECT public.vouched_opens()
-- then
SET LOCAL search_path = shadow, public
-- then
FETCH ALL FROM opened
