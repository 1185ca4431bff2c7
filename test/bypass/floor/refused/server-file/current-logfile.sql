-- Where the log is.
SELECT pg_current_logfile()
