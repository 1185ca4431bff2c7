-- A function of the users' own in an index and in a check is not run by reading the table.
SELECT b FROM keyed WHERE a = 1
