-- In the WHERE of COPY from the client.
COPY app.log (line) FROM STDIN WHERE pg_read_file('postgresql.conf') = line
