-- since 17: A view makes a domain's value by JSON_VALUE, whose tree names the type only as RETURNING.
SELECT * FROM public.json_value_noisy
