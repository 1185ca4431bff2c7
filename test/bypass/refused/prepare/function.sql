-- A read in form, a write in fact.
PREPARE p AS SELECT definer_write('p')
-- then
EXECUTE p
