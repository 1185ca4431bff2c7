-- pg_temp behind a schema that is there makes nothing.
SET search_path = public, pg_temp; SELECT current_schema(), current_schemas(true)
