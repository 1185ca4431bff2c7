-- since 17: JSON_SCALAR makes JSON by a type's own cast.
SELECT JSON_SCALAR('ok'::public.mood)
