-- COPY of a statement that writes and returns.
COPY (DELETE FROM orders RETURNING id) TO STDOUT
