-- XMLTABLE.
SELECT * FROM xmltable('/r/i' PASSING (xml '<r><i a="1"/></r>') COLUMNS a int PATH '@a')
