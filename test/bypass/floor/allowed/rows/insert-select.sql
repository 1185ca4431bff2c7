-- Rows of a query.
INSERT INTO app.log (line) SELECT name FROM public.customers WHERE id < 4
