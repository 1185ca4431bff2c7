-- Multiranges.
SELECT int4multirange(int4range(1, 2), int4range(4, 5)), range_agg(int4range(1, 3))
