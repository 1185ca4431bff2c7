-- A partitioned table.
SELECT * FROM measures WHERE at > '2026-01-01'
