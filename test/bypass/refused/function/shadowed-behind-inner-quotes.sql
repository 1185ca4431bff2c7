-- Quotes inside a plain name are part of it: the path's first schema does not exist.
SELECT set_config('search_path', 'public"", shadow', false)
-- then
SELECT * FROM customers
