-- A switch that administrators know.
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'public.customers_pkey'::regclass
