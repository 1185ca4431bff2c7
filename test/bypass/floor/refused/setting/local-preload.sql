-- By the user's own list.
SET local_preload_libraries = 'x'
