-- A sample's argument.
SELECT * FROM customers TABLESAMPLE BERNOULLI (immutable_lie(50))
