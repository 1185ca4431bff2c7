-- As a function.
SELECT current_setting('server_version_num')::int, current_setting('nothing.like.it', true)
