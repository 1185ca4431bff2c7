-- Statistics.
CREATE STATISTICS s ON id, total FROM orders
