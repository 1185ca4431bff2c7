-- The same with VARIADIC.
SELECT variadic_write(VARIADIC ARRAY['a', 'b'])
