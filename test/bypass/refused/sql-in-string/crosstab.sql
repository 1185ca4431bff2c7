-- An extension's function that runs its text as SQL.
SELECT * FROM crosstab('SELECT public.definer_write(''x''), ''a'', ''b''') AS t(a text, b text)
