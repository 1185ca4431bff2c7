-- Changes the server's configuration for good.
ALTER SYSTEM SET work_mem = '1GB'
