-- In a scalar sub-select.
SELECT (SELECT definer_write('s'))
