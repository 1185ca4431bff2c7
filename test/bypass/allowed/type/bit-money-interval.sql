-- Other built-in types.
SELECT B'101', '1'::money, interval '1 day 2 hours', '08:00'::time, 'f'::boolean, E'\n', '\x00'::bytea, '1/2'::pg_lsn
