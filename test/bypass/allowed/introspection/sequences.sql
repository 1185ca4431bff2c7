-- Sequences.
SELECT * FROM pg_sequences
