-- A directory of the server's.
CREATE TABLESPACE t LOCATION '/tmp'
