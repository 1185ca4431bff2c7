-- COPY reads the server's files.
COPY customers (name) FROM '/etc/passwd'
