-- COPY is neither INSERT nor SELECT.
COPY customers (id, name) FROM STDIN
