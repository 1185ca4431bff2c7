-- Their other names.
BEGIN
-- then
END
-- then
BEGIN
-- then
ABORT
