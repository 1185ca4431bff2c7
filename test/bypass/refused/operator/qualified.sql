-- OPERATOR() names its schema.
SELECT 1 OPERATOR(public.===) 2
