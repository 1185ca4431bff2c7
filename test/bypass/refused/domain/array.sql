-- An array of a domain.
SELECT '{a,b}'::noisy[]
