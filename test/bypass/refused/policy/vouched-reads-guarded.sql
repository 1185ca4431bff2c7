-- A table that a vetted body reads has a policy that nobody vetted.
SELECT public.vouched_reads_guarded()
