-- COPY of a query to a program.
COPY (SELECT 1) TO PROGRAM 'touch /tmp/sudoql-corpus-program'
