-- Behind AT TIME ZONE.
SELECT now() AT TIME ZONE definer_write('UTC')
