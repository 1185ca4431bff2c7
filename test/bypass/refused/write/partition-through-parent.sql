-- A write that lands in a partition.
INSERT INTO measures VALUES ('2026-02-02', 5)
