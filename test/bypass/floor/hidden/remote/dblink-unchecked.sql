-- By the form that asks for no password.
DO $outer$ BEGIN PERFORM dblink_connect_u('dbname=bypass'); END $outer$
