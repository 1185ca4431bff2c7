-- The same without parentheses, in a longer text.
SET search_path = pg_temp; SELECT current_schema
