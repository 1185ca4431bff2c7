-- By the standard's own view, its columns renamed.
SELECT x.e FROM information_schema.user_mapping_options AS x (a, b, c, d, e)
