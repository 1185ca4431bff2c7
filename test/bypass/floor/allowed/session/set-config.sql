-- By the function.
SELECT set_config('work_mem', '8MB', false)
