-- In COPY's query.
COPY (SELECT definer_write(name) FROM customers) TO STDOUT
