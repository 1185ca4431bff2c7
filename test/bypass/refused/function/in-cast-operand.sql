-- Behind a cast.
SELECT definer_write('c')::varchar(3)
