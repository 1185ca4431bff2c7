-- Runs a command on the database's server.
COPY (SELECT 1) TO PROGRAM 'touch /tmp/sudoql-corpus-program'
