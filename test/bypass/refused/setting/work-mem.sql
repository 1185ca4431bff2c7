-- The server's memory is a limit that is not the client's to raise.
SET work_mem = '10GB'
