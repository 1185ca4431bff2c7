-- A large object becomes a file.
SELECT lo_export(424242, '/tmp/sudoql-corpus-lo')
