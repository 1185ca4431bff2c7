-- And cut.
SELECT lo_truncate(lo_open(424242, 131072), 0)
