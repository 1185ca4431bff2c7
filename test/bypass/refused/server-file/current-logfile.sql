-- Names the log.
SELECT pg_current_logfile()
