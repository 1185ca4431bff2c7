-- A table, made and dropped.
CREATE TABLE public.made (id int PRIMARY KEY, at timestamptz DEFAULT now())
-- then
ALTER TABLE public.made ADD COLUMN n int
-- then
CREATE INDEX ON public.made (n)
-- then
DROP TABLE public.made
