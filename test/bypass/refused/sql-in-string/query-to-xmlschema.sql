-- Another sibling, which plans it.
SELECT query_to_xmlschema('SELECT immutable_lie(1)', true, false, '')
