-- Another, element by element.
SELECT ns && '{x}', array_position(ns, 'x') FROM public.held
