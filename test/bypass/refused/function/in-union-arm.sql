-- In the second arm.
SELECT 'a' UNION ALL SELECT definer_write('u')
