-- A type.
CREATE TYPE t AS (a int)
