-- COPY of a table.
COPY customers TO STDOUT
