-- Reads a view by its name in a string.
SELECT table_to_xml('noisy_view', true, false, '')
