-- Code for later.
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'
