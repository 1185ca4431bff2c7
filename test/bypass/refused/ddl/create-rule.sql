-- The same by rule.
CREATE RULE r AS ON INSERT TO orders DO ALSO DELETE FROM customers
