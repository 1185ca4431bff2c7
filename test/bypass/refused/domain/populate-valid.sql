-- since 17: It makes a row of its first argument's type and gives back a boolean.
SELECT jsonb_populate_record_valid(h, '{"n": "x"}') FROM public.held
