-- A CASE's condition becomes boolean by a user's cast.
SELECT CASE WHEN ROW(1, 2)::public.pair THEN 1 END
