-- In one text.
BEGIN; SELECT 1; COMMIT
