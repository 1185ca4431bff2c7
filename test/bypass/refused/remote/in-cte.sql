-- Behind a CTE.
WITH r AS MATERIALIZED (SELECT * FROM remote_orders) SELECT count(*) FROM r
