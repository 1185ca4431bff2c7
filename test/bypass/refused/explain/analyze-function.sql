-- A function under EXPLAIN ANALYZE.
EXPLAIN ANALYZE SELECT definer_write('x')
