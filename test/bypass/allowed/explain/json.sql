-- EXPLAIN as JSON.
EXPLAIN (FORMAT json) SELECT * FROM order_totals
