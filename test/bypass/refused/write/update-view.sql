-- An update through a view that PostgreSQL makes updatable.
UPDATE secret_view SET rolname = rolname
