-- Through a view over a view whose rule sets what it is told.
UPDATE public.settable_again SET setting = 'replica' WHERE name = 'session_replication_role'
