-- A cast.
DO $outer$ BEGIN EXECUTE $inner$CREATE CAST (int AS public.mood) WITH INOUT AS IMPLICIT$inner$; END $outer$
