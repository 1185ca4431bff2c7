-- A name with a symbol and with letters beyond ASCII, which do not fold, in a vetted body.
SELECT public.vouched_odd('x')
