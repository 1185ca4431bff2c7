-- A library for the sessions that follow.
SET session_preload_libraries = 'auto_explain'
