-- Settings that meet the next session.
ALTER DATABASE bypass SET work_mem = '1GB'
