-- Text made of XML takes no cast of a type of the users' own.
SELECT xmlserialize(content '<a/>'::xml AS text), x.b FROM xmltable('/r/a' PASSING xml '<r><a b="1"/></r>' COLUMNS b text PATH '@b') x
