-- Lists the logs.
SELECT * FROM pg_ls_logdir()
