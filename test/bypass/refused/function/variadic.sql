-- A variadic call.
SELECT variadic_write('a', 'b')
