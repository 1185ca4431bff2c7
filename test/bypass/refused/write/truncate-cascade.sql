-- TRUNCATE takes others with it.
TRUNCATE customers CASCADE
