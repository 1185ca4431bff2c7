-- The next number.
SELECT nextval('public.ticket')
