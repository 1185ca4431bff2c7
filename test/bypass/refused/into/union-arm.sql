-- INTO stands in the first arm only.
SELECT 1 AS a INTO copied UNION SELECT 2
