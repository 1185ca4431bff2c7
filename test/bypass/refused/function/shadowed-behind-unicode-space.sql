-- A no-break space is part of a name to PostgreSQL: the path's first schema does not exist.
SELECT set_config('search_path', E'public\u00a0, shadow', false)
-- then
SELECT * FROM customers
