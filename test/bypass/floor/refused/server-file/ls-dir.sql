-- In which folder.
SELECT count(*) FROM pg_ls_dir('.')
