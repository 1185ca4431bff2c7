-- Contents of a materialized view.
DO $outer$ BEGIN EXECUTE $inner$REFRESH MATERIALIZED VIEW public.totals_now$inner$; END $outer$
