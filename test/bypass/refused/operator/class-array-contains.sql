-- Array containment compares elements by their own equality.
SELECT array_agg(c) @> array_agg(c) FROM public.coded
