-- until 15: A name that newer servers take for their own syntax, whose old form is the server's function.
SET search_path = shadow, pg_catalog, public
-- then
SELECT json_object('{a,b}'::text[])
