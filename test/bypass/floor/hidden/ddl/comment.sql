-- A comment.
DO $outer$ BEGIN EXECUTE $inner$COMMENT ON TABLE public.orders IS 'x'$inner$; END $outer$
