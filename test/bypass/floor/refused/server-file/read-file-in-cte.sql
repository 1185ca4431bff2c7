-- Behind a CTE.
WITH f AS (SELECT pg_read_file('postgresql.conf') AS t) DELETE FROM public.ruled USING f WHERE f.t = ''
