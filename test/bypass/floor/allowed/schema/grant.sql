-- A right, likewise.
GRANT SELECT ON public.orders TO PUBLIC
-- then
REVOKE SELECT ON public.orders FROM PUBLIC
