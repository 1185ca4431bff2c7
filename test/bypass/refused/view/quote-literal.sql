-- A view hands quote_literal a row, which becomes text by a cast of its own.
SELECT * FROM public.quoted_pair
