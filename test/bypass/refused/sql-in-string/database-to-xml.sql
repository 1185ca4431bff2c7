-- Reads every table that the login can.
SELECT database_to_xml(true, false, '')
