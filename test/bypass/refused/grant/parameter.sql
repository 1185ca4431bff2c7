-- Rights on a setting.
GRANT SET ON PARAMETER log_statement TO PUBLIC
