-- A qualified sudo is the target's own function, and there is none.
SELECT public.sudo('x')
