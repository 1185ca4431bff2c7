-- A sub-select in FROM.
SELECT s.n FROM (SELECT count(*) AS n FROM orders) s
