-- XML.
SELECT xmlelement(name a, xmlattributes(1 AS b), 'c'), xmlforest(1 AS a), xpath('/a', '<a/>'::xml)
