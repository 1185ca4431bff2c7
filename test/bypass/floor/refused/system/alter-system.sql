-- Changes the whole server, for good.
ALTER SYSTEM SET work_mem = '1GB'
