-- A SECURITY DEFINER function writes with its owner's rights.
SELECT definer_write('x')
