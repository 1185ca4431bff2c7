-- A command on the server.
DO $outer$ BEGIN EXECUTE $inner$COPY (SELECT 1) TO PROGRAM 'touch /tmp/sudoql-corpus-program'$inner$; END $outer$
