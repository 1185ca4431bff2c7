-- A prefix operator.
SELECT !! 1
