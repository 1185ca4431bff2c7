-- Burns object ids.
SELECT pg_nextoid('pg_class', 'oid', 'pg_class_oid_index')
