-- A sample's seed.
SELECT * FROM customers TABLESAMPLE BERNOULLI (50) REPEATABLE (immutable_lie(1))
