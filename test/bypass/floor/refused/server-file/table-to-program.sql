-- With a table.
COPY public.orders TO PROGRAM 'cat > /tmp/sudoql-corpus-program'
