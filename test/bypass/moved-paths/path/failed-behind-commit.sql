-- A text that fails behind its COMMIT keeps what was set before.
BEGIN; SET search_path = shadow, public; COMMIT; SET search_path = public; SELECT 1/0
-- then
SELECT earth()
