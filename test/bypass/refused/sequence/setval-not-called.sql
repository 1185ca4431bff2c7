-- The three-argument form.
SELECT setval('public.ticket'::regclass, 5, false)
