-- The plain DDL.
CREATE TABLE t (a int)
