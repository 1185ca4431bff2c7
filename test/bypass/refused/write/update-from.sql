-- An update driven by a join.
UPDATE customers SET name = o.note FROM orders o WHERE o.customer = customers.id
