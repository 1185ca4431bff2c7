-- A delete driven by a join.
DELETE FROM orders USING customers c WHERE c.id = orders.customer AND c.id = 3
