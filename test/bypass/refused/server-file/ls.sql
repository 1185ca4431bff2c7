-- Lists the server's directories.
SELECT * FROM pg_ls_dir('.')
