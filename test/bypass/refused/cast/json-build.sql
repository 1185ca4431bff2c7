-- json_build_object takes anything, and runs its cast to json.
SELECT json_build_object('a', 'ok'::public.mood)
