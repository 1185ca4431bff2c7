-- One with rows.
REFRESH MATERIALIZED VIEW public.totals_now
