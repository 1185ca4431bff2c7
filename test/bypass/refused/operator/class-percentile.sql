-- An ordered-set aggregate sorts by the type's own operator class.
SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY c) FROM public.coded
