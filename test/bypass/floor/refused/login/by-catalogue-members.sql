-- Membership by changing the server's catalogue, which a superuser may do by hand.
INSERT INTO pg_auth_members (oid, roleid, member, grantor, admin_option) SELECT 77777, 'pg_write_all_data'::regrole, 'corpus_reader'::regrole, 10, false
