-- EXECUTE casts its arguments to what PREPARE declares.
PREPARE s(public.pair) AS SELECT 1
-- then
EXECUTE s(5)
