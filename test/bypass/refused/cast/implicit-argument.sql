-- An implicit cast, chosen for an argument.
SELECT of_pair(1)
