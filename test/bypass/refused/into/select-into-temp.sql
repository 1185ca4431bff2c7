-- A temp table outlives the statement and shadows names on a pooled connection.
SELECT 1 AS a INTO TEMP t
