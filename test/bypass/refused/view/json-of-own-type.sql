-- A view makes JSON of a type that has a cast to json of its own.
SELECT * FROM public.json_of_mood
