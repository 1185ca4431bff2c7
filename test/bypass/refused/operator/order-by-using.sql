-- ORDER BY … USING names an operator.
SELECT id FROM customers ORDER BY id USING OPERATOR(public.===)
