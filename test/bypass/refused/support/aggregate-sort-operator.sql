-- MIN and its kin are planned as a sort by the aggregate's operator.
SELECT sly_min(id) FROM customers
