-- Dates.
SELECT now(), current_date, current_timestamp, localtime, age(placed), date_trunc('month', placed), extract(year from placed), date_part('dow', placed), to_char(placed, 'YYYY-MM-DD'), placed + interval '1 day', placed - now(), placed::date, placed AT TIME ZONE 'UTC', make_date(2026, 1, 1), clock_timestamp() IS NOT NULL FROM orders
