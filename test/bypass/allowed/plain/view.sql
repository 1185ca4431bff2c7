-- A view.
SELECT * FROM order_totals
