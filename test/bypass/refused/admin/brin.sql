-- Changes an index.
SELECT brin_summarize_new_values('orders_placed')
