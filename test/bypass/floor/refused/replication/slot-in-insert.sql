-- Inside an INSERT.
INSERT INTO app.log (line) SELECT slot_name FROM pg_create_physical_replication_slot('left_behind', true)
