-- In the standard's words.
SET NAMES 'LATIN1'
