-- A sleep is bounded by timeouts.
SELECT pg_sleep(0)
