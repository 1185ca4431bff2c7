-- SET LOCAL is over in the transaction that AND CHAIN begins.
SET search_path = shadow, public
-- then
BEGIN; SET LOCAL search_path = public
-- then
COMMIT AND CHAIN
-- then
SELECT earth()
