-- In an XML constructor.
SELECT xmlelement(name x, definer_write('x'))
