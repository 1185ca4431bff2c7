-- By the socket.
DO $outer$ BEGIN PERFORM dblink_exec('dbname=bypass', 'DROP TABLE public.ruled'); END $outer$
