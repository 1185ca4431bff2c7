-- A vetted body casts a value of a type whose cast nobody vetted.
SELECT public.vouched_casts()
