-- COPY writes the server's files.
COPY customers TO '/tmp/sudoql-corpus-file'
