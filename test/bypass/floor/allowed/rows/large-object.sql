-- A large object.
SELECT lo_from_bytea(0, 'x') IS NOT NULL
