-- By the function.
SELECT set_config('sudoql.write_until', '2099-01-01', false)
