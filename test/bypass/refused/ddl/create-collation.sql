-- A collation.
CREATE COLLATION c FROM "C"
