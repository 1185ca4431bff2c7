-- Rights.
SELECT has_table_privilege('customers', 'SELECT'), has_schema_privilege('public', 'USAGE'), has_database_privilege(current_database(), 'CONNECT'), pg_has_role(current_user, 'pg_monitor', 'MEMBER')
