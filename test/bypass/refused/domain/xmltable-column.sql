-- XMLTABLE's columns have types.
SELECT * FROM xmltable('/r' PASSING (xml '<r><a>x</a></r>') COLUMNS a noisy PATH 'a')
