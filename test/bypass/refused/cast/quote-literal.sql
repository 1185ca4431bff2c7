-- quote_literal of anything is a built-in in SQL whose body casts its argument to text.
SELECT quote_literal(ROW(1, 2)::public.pair)
