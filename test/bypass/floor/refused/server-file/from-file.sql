-- Reads one into a table.
COPY app.log (line) FROM '/etc/passwd'
