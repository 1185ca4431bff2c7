-- JSON as rows.
SELECT k, v FROM orders, jsonb_each(doc) AS e(k, v)
