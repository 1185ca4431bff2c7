-- A schema, with things in it.
CREATE SCHEMA s CREATE TABLE t (a int)
