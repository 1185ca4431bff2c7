-- The right to change a setting that no login had.
INSERT INTO pg_parameter_acl VALUES (77777, 'session_replication_role', '{corpus_writer=s/postgres}')
