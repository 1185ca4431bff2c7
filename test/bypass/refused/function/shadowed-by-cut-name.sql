-- PostgreSQL cuts a name of the path at 63 bytes, and then there is such a schema.
SELECT set_config('search_path', 'llllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllll, public', false)
-- then
SELECT * FROM customers
