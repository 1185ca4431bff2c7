-- A name out of a row.
SELECT set_config(name, 'x', false) FROM customers
