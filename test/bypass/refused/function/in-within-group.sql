-- In WITHIN GROUP.
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY immutable_lie(id)) FROM customers
