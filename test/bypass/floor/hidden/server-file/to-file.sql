-- A file there.
DO $outer$ BEGIN EXECUTE $inner$COPY public.orders TO '/tmp/sudoql-corpus-file'$inner$; END $outer$
