-- Another, which builds its SQL from names.
SELECT * FROM connectby('(SELECT public.definer_write(''x'') AS k, ''x''::text AS p) q', 'k', 'p', 'x', 0) AS t(k text, p text, level int)
