-- In XMLTABLE's column default.
SELECT * FROM xmltable('/r' PASSING (xml '<r/>') COLUMNS a text PATH 'a' DEFAULT definer_write('x'))
