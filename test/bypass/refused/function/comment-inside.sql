-- With comments between name and parenthesis.
SELECT definer_write /* a */ -- b
  ('x')
