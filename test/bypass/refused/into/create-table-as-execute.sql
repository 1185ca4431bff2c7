-- CREATE TABLE AS EXECUTE takes its query from a prepared statement.
PREPARE p AS SELECT * FROM customers
-- then
CREATE TABLE copied AS EXECUTE p
