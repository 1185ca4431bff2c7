-- A setting that runs commands.
ALTER SYSTEM SET archive_command = 'touch /tmp/sudoql-corpus-archive'
