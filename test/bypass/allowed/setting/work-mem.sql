-- A sort in memory.
SET work_mem = '32MB'
