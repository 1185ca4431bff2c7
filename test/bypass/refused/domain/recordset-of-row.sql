-- A polymorphic built-in fills a row of its argument's type.
SELECT jsonb_populate_record(h, '{"n": "x"}') FROM public.held
