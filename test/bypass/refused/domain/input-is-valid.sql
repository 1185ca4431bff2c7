-- since 16: pg_input_is_valid runs the checks of a type that is named in a string.
SELECT pg_input_is_valid('x', 'noisy')
