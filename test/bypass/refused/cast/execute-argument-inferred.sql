-- EXECUTE's argument becomes what a parameter was found to be, by an assignment cast.
PREPARE p AS SELECT $1::bigint
-- then
EXECUTE p(ROW(1, 2)::public.pair)
