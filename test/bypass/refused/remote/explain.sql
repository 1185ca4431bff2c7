-- Planning asks the other server what it would cost.
EXPLAIN SELECT * FROM public.remote_costly
