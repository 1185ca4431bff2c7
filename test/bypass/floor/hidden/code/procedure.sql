-- A procedure.
DO $outer$ BEGIN EXECUTE $inner$CREATE PROCEDURE app.planted() LANGUAGE sql AS 'SELECT 1'$inner$; END $outer$
