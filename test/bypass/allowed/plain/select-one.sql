-- The first thing anybody types.
SELECT 1
