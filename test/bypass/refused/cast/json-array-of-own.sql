-- to_jsonb of an array runs its elements' cast to json.
SELECT to_jsonb(ARRAY['ok'::public.mood])
