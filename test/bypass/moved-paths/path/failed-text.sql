-- A text that fails takes its own SET back.
SET search_path = shadow, public
-- then
SET search_path = public; SELECT 1/0
-- then
SELECT earth()
