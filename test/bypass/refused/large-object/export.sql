-- To the server's files.
SELECT lo_export(424242, '/tmp/sudoql-corpus-lo')
