-- since 16: JSON_ARRAY of a query makes JSON by a type's own cast.
SELECT JSON_ARRAY(SELECT 'ok'::public.mood)
