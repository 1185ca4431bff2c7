-- Another body for one that they call already.
DO $outer$ BEGIN EXECUTE $inner$CREATE OR REPLACE FUNCTION public.harmless(int) RETURNS int LANGUAGE sql AS 'SELECT 2'$inner$; END $outer$
