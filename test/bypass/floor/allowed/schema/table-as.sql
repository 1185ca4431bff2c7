-- By its contents.
CREATE TABLE public.copied AS SELECT * FROM public.customers
-- then
DROP TABLE public.copied
