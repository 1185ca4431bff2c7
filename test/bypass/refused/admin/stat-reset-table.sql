-- Of one table.
SELECT pg_stat_reset_single_table_counters('public.customers'::regclass)
