-- The same under its other name.
CREATE TABLE copied AS SELECT * FROM customers
