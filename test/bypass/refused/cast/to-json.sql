-- to_json runs a user's cast to json where there is one.
SELECT to_json('ok'::public.mood)
