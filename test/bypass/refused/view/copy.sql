-- COPY of a view's query.
COPY (TABLE noisy_view) TO STDOUT
