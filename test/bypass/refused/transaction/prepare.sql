-- Two-phase commit outlives everything.
BEGIN
-- then
PREPARE TRANSACTION 'left behind'
