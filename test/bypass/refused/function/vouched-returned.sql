-- The same for an operator's function, in a RETURN.
SELECT public.vouched_returned(1)
