-- REFRESH replaces the rows of a materialized view.
REFRESH MATERIALIZED VIEW totals_now
