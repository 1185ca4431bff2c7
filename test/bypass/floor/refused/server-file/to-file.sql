-- Writes a file there.
COPY public.orders TO '/tmp/sudoql-corpus-file'
