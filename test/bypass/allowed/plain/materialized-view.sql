-- A materialized view.
SELECT * FROM totals_now
