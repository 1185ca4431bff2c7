-- In COPY to the client.
COPY (SELECT pg_read_file('postgresql.conf')) TO STDOUT
