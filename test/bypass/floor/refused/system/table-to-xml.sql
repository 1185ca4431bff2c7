-- A relation named in a string.
SELECT table_to_xml('pg_authid', true, false, '')
