-- The older view of them.
SELECT * FROM pg_shadow
