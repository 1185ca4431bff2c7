-- The same with a parameter whose array type is found, not declared.
PREPARE p AS SELECT $1::public.pair[]
-- then
EXECUTE p(ARRAY[5])
