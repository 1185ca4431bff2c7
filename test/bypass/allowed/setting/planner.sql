-- What people who look at plans do.
SET enable_seqscan = off
-- then
EXPLAIN SELECT * FROM customers WHERE id = 1
-- then
RESET enable_seqscan
