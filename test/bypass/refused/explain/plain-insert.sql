-- Even without ANALYZE the planner runs functions and takes the target's lock.
EXPLAIN INSERT INTO customers SELECT 100, definer_write('explained')
