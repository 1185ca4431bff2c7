-- A comment.
COMMENT ON TABLE public.orders IS 'what was ordered'
