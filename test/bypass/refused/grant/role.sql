-- A membership.
GRANT pg_write_all_data TO CURRENT_USER
