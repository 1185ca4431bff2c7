-- As pg_dump locks.
BEGIN
-- then
LOCK TABLE customers, orders IN ACCESS SHARE MODE
-- then
SELECT count(*) FROM customers
-- then
COMMIT
