-- Reads a schema's views.
SELECT schema_to_xml('public', true, false, '')
