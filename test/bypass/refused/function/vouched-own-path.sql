-- A vetted function with a search_path of its own finds there what nobody vetted.
SELECT public.vouched_own_path('x')
