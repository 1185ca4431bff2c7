-- until 15: An extension's function in SQL looks up the names in its body when it runs: a path can put somebody's function there.
SET search_path = shadow, public
-- then
SELECT sec_to_gc(1000)
