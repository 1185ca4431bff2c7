-- CASE, both forms.
SELECT CASE WHEN total > 5 THEN 'big' ELSE 'small' END, CASE customer WHEN 1 THEN 'one' END FROM orders
