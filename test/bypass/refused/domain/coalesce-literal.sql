-- COALESCE makes its literals what its columns are.
SELECT coalesce(ns, '{x}') FROM public.held
