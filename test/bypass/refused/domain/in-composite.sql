-- A composite type that holds a domain.
SELECT '(x)'::holds_noisy
