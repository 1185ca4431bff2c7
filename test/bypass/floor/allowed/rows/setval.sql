-- And where it goes on.
SELECT setval('public.ticket', 100)
