-- A natural join.
SELECT count(*) FROM orders a NATURAL JOIN orders b
