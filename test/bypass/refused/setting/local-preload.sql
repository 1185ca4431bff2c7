-- Loads libraries.
SET local_preload_libraries = 'auto_explain'
