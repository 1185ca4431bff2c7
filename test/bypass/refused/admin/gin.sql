-- Changes an index.
SELECT gin_clean_pending_list('orders_tags')
