-- COPY of columns.
COPY customers (id, name) TO STDOUT (FORMAT binary)
