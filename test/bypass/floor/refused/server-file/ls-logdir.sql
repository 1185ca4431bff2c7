-- Also the named folders.
SELECT count(*) FROM pg_ls_waldir()
