-- Into a partition.
INSERT INTO public.measures VALUES ('2026-07-07', 3)
