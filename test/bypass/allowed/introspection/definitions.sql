-- Definitions.
SELECT pg_get_viewdef('order_totals'::regclass, true), pg_get_constraintdef(oid), pg_get_functiondef('harmless(int)'::regprocedure) FROM pg_constraint LIMIT 1
