-- IS TRUE makes its operand boolean by a user's cast.
SELECT (ROW(1, 2)::public.pair) IS NOT TRUE
