-- And ANALYZE, which runs index expressions.
ANALYZE customers
