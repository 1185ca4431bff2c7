-- A dropped one too.
DROP ROLE IF EXISTS corpus_control
