-- A domain's CHECK is a function.
SELECT 'x'::noisy
