-- IN makes its literals what its left side is.
SELECT 1 FROM public.held WHERE h IN ('(x)', '(y)')
