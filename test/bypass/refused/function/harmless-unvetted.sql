-- Harmless, but nobody said so: what cannot be judged is refused.
SELECT harmless(1)
