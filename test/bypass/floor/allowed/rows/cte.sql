-- A CTE that moves rows.
WITH gone AS (DELETE FROM public.orders WHERE id = 37 RETURNING note) INSERT INTO app.log (line) SELECT note FROM gone
