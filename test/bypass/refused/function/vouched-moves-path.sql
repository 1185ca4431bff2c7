-- A vetted function changes the session's path for what stands behind it.
BEGIN
-- then
SELECT public.vouched_moves(); SELECT earth()
