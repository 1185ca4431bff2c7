-- A row policy is a function.
SELECT * FROM guarded
