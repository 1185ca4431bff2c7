-- EXPLAIN of a cursor declaration.
EXPLAIN ANALYZE DECLARE c CURSOR FOR SELECT definer_write('x')
