-- By the function, in a WHERE.
DELETE FROM public.ruled WHERE set_config('session_replication_role', 'replica', false) = 'x'
