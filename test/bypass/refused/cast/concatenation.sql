-- text || anything is a built-in in SQL whose body casts its argument to text, by a user's cast if there is one.
SELECT 'x' || ROW(1, 2)::public.pair
