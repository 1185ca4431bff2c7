-- Code of the server's disk.
CREATE EXTENSION hstore
