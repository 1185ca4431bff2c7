-- Unlogged all the same.
CREATE UNLOGGED TABLE t (a int)
