-- An index that keeps nobody waiting.
CREATE INDEX CONCURRENTLY made ON public.orders (total)
-- then
DROP INDEX CONCURRENTLY public.made
