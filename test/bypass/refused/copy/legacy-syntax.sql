-- The syntax before 9.0.
COPY customers TO '/tmp/sudoql-corpus-file' WITH DELIMITER '|'
