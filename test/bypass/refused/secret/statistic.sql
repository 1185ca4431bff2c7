-- Sampled values of every column.
SELECT * FROM pg_statistic
