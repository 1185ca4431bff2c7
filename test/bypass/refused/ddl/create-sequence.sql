-- A sequence.
CREATE TEMP SEQUENCE s
