-- Lets the catalogue's tables be altered.
SET allow_system_table_mods = on
