-- A setting selected by a name that a cast cuts.
SELECT set_config(name, 'replica', false) FROM pg_settings WHERE name = 'session_replication_rolex'::varchar(24)
