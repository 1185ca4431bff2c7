-- WHERE takes any type that an assignment cast makes boolean, and runs that cast.
SELECT 1 WHERE ROW(1, 2)::public.pair
