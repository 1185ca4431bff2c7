-- Lets the catalogue be altered.
DO $outer$ BEGIN EXECUTE $inner$SET allow_system_table_mods = on$inner$; END $outer$
