-- Runs what a cursor holds.
SELECT cursor_to_xml('c', 1, true, false, '')
