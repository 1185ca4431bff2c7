-- A function in FROM.
SELECT * FROM many_writes(3)
