-- An update that hits nothing still fires statement triggers.
UPDATE customers SET name = 'x' WHERE false
