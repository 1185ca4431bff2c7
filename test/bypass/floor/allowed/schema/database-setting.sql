-- A setting for every session in this database, which policy denies on production.
ALTER DATABASE bypass SET work_mem = '8MB'
-- then
ALTER DATABASE bypass RESET work_mem
