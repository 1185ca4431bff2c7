-- Statistics.
SELECT stddev(total), variance(total), corr(total, id), regr_slope(total, id) FROM orders
