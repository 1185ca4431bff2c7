-- A type.
DO $outer$ BEGIN EXECUTE $inner$CREATE TYPE public.planted AS (a int)$inner$; END $outer$
