-- A setting that is not the gateway's.
SET work_mem = '8MB'
