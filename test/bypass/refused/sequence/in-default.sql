-- A column list that makes a default advance it.
SELECT nextval(pg_get_serial_sequence('app.log', 'id'))
