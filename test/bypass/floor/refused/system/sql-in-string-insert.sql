-- The same inside an INSERT.
INSERT INTO app.log (line) SELECT query_to_xml('TRUNCATE public.ruled', true, false, '')::text
