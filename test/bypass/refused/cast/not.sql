-- NOT and AND make their operands boolean by a user's cast.
SELECT NOT ROW(1, 2)::public.pair
