-- The three-step form.
BEGIN
-- then
SELECT lo_open(424242, 131072)
-- then
SELECT lowrite(0, 'overwritten')
-- then
COMMIT
