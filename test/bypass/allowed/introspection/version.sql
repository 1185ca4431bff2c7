-- What every tool asks first.
SELECT version(), current_database(), current_user, session_user, current_schema(), current_schemas(true), pg_backend_pid(), inet_server_port()
