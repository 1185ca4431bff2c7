-- A window frame's offset becomes bigint by a user's cast.
SELECT sum(id) OVER (ORDER BY id ROWS ROW(1, 2)::public.pair PRECEDING) FROM public.customers
