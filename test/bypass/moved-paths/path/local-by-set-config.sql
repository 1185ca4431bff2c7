-- set_config for the transaction is over with its text.
SET search_path = shadow, public
-- then
SELECT set_config('search_path', 'public', true); SELECT 1
-- then
SELECT earth()
