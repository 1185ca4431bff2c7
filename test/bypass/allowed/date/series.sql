-- A series of days.
SELECT d::date FROM generate_series('2026-01-01'::timestamp, '2026-01-05', '1 day') d
