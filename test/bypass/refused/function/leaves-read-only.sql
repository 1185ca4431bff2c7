-- A function that takes READ ONLY off by itself (up to 15).
SELECT definer_read_write_mode('x')
