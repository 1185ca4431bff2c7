-- A domain over a domain.
SELECT 'x'::noisy_again
