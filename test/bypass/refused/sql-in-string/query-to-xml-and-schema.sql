-- Its sibling.
SELECT query_to_xml_and_xmlschema('SELECT definer_write(''x'')', true, false, '')
