-- Where libraries are looked for.
DO $outer$ BEGIN EXECUTE $inner$SET dynamic_library_path = '/tmp'$inner$; END $outer$
