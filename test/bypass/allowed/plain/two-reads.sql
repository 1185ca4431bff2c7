-- Two reads in one text.
SELECT 1; SELECT 2
