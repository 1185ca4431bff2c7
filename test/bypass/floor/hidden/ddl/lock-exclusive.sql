-- A lock that keeps readers out.
BEGIN
-- then
DO $outer$ BEGIN EXECUTE $inner$REFRESH MATERIALIZED VIEW public.totals_now WITH NO DATA$inner$; END $outer$
-- then
COMMIT
