-- Ranges.
SELECT int4range(1, 5) @> 3, int4range(1, 5) && int4range(3, 8), lower(int4range(1, 5)), upper(numrange(1, 2)), daterange('2026-01-01', '2026-02-01') -|- daterange('2026-02-01', '2026-03-01')
