-- In EXISTS.
SELECT 1 WHERE EXISTS (SELECT definer_write('e'))
