-- Shadows every table of that name for whoever gets the connection next.
CREATE TEMP TABLE customers (id int)
