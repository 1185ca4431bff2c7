-- By the older form.
DO $outer$ BEGIN EXECUTE $inner$SELECT 1 AS a INTO public.planted$inner$; END $outer$
