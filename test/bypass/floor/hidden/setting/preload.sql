-- A library for later.
DO $outer$ BEGIN EXECUTE $inner$SET session_preload_libraries = 'x'$inner$; END $outer$
