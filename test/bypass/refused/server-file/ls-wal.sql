-- Lists WAL.
SELECT * FROM pg_ls_waldir()
