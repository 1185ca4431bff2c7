-- A view that a vetted body was resolved to calls what nobody vetted.
SELECT public.vouched_reads_view()
