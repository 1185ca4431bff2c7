-- A role made inside another statement's text is still in the text.
SELECT 1; CREATE ROLE intruder
