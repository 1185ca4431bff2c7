-- LIMIT becomes bigint by a user's cast.
SELECT 1 LIMIT ROW(1, 2)::public.pair
