-- A look at a sequence.
SELECT pg_sequence_last_value('ticket'::regclass)
