-- The same in a SELECT, where its name is known but not what it does.
SELECT public.run('CREATE ROLE intruder')
