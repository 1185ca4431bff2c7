-- Through a view.
BEGIN
-- then
LOCK TABLE order_totals IN EXCLUSIVE MODE
-- then
COMMIT
