-- A composite type of the users' own.
SELECT (ROW(1, 2)::pair).a
