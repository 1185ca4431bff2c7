-- A built-in over arrays looks for its element by the element type's own equality.
SELECT array_position(array_agg(c), ROW(1)::public.code) FROM public.coded
