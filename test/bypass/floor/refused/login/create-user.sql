-- The same by its other name.
CREATE USER intruder PASSWORD 'x'
