-- ONLY.
SELECT * FROM ONLY measures
