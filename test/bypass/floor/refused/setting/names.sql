-- The same by another statement.
SET NAMES 'LATIN1'
