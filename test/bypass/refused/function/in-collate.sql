-- Behind COLLATE.
SELECT definer_write('c') COLLATE "C"
