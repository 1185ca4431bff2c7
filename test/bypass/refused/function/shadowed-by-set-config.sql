-- set_config changes the path within the statement that follows in the same text.
SELECT set_config('search_path', 'shadow,pg_catalog', false); SELECT lower('x')
