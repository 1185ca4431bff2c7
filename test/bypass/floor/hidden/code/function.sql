-- Code that others will call.
DO $outer$ BEGIN EXECUTE $inner$CREATE FUNCTION public.planted() RETURNS int LANGUAGE sql AS 'SELECT 1'$inner$; END $outer$
