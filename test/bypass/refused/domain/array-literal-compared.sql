-- A literal beside an array of a domain becomes such an array: its elements are checked.
SELECT 1 FROM public.held WHERE ns = '{x}'
