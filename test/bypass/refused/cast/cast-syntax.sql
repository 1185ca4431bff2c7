-- The same in the standard's words.
SELECT CAST(ROW(1, 2)::pair AS text)
