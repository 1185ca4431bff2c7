// Foreign tables speak to other servers, or read the server's files, whatever shape of statement reaches them: in read mode each is refused
// before anything is opened over there.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { query, Raw, sqlstate } from './raw-client.ts';
import { makeStage, openPolicy, type Stage } from './stage.ts';

let stage: Stage;
before(async () => {
  stage = await makeStage({
    policy: openPolicy(),
    schema: `CREATE EXTENSION postgres_fdw; CREATE EXTENSION file_fdw;
      CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '1', dbname 'x');
      CREATE USER MAPPING FOR PUBLIC SERVER elsewhere OPTIONS (user 'u', password 'secret');
      CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
      CREATE TABLE orders (id int);
      CREATE FOREIGN TABLE remote_orders (id int) SERVER elsewhere;
      CREATE FOREIGN TABLE remote_costly (id int) SERVER elsewhere OPTIONS (use_remote_estimate 'true');
      CREATE FOREIGN TABLE server_lines (line text) SERVER files OPTIONS (filename '/etc/passwd');
      CREATE TABLE heirs (id int);
      CREATE FOREIGN TABLE remote_heirs () INHERITS (heirs) SERVER elsewhere;
      CREATE TABLE spread (id int) PARTITION BY LIST (id);
      CREATE FOREIGN TABLE spread_1 PARTITION OF spread FOR VALUES IN (1) SERVER elsewhere;
      CREATE TABLE spread_2 PARTITION OF spread FOR VALUES IN (2, 3) PARTITION BY LIST (id);
      CREATE FOREIGN TABLE spread_deep PARTITION OF spread_2 FOR VALUES IN (2) SERVER elsewhere;
      CREATE TABLE guarded (id int); ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;
      CREATE POLICY far ON guarded USING (EXISTS (SELECT FROM remote_orders));
      CREATE MATERIALIZED VIEW copied AS SELECT * FROM remote_orders WITH NO DATA;
      CREATE VIEW seen AS SELECT * FROM remote_orders;
      GRANT SELECT ON ALL TABLES IN SCHEMA public TO PUBLIC`,
  });
});
after(() => stage.remove());

const REFUSED = [
  'SELECT * FROM remote_orders',
  'TABLE remote_orders',
  'SELECT * FROM ONLY remote_orders',
  'SELECT line FROM server_lines',
  'SELECT * FROM seen',
  'SELECT * FROM spread',
  'SELECT * FROM heirs',
  'SELECT * FROM orders JOIN remote_orders USING (id)',
  'SELECT 1 WHERE EXISTS (SELECT FROM remote_orders)',
  'WITH r AS MATERIALIZED (SELECT * FROM remote_orders) SELECT count(*) FROM r',
  'COPY (SELECT * FROM remote_orders) TO STDOUT',
  'DECLARE c CURSOR FOR SELECT * FROM remote_orders',
  'PREPARE p AS SELECT * FROM remote_orders',
  'COPY remote_orders TO STDOUT',
  'DECLARE c CURSOR WITH HOLD FOR SELECT * FROM remote_orders',
  'SELECT * FROM spread_2',
  'SELECT * FROM spread WHERE id = 3',
  'SELECT * FROM guarded',
  'SELECT remote_orders FROM remote_orders WHERE false',
  'SELECT * FROM remote_orders TABLESAMPLE system (1)',
  'SELECT * FROM remote_orders FOR UPDATE',
  'WITH gone AS (DELETE FROM remote_orders RETURNING id) SELECT * FROM gone',
  'INSERT INTO spread VALUES (1)',
  'TRUNCATE remote_orders',
  'LOCK TABLE remote_orders',
  'REFRESH MATERIALIZED VIEW copied',
  // Planning asks the other server what it would cost.
  'EXPLAIN (VERBOSE, COSTS OFF) SELECT * FROM remote_orders',
  'EXPLAIN SELECT * FROM remote_costly',
  'EXPLAIN ANALYZE SELECT * FROM remote_orders',
  'ANALYZE remote_orders',
  'IMPORT FOREIGN SCHEMA public FROM SERVER elsewhere INTO public',
  "ALTER SERVER elsewhere OPTIONS (SET host 'elsewhere')",
  "ALTER USER MAPPING FOR PUBLIC SERVER elsewhere OPTIONS (SET user 'v')",
  'CREATE FOREIGN TABLE made (id int) SERVER elsewhere',
  'SELECT postgres_fdw_disconnect_all()',
  'SELECT * FROM postgres_fdw_get_connections()',
  'SELECT umoptions FROM pg_user_mapping',
  'SELECT * FROM information_schema._pg_user_mappings',
  'SELECT umoptions FROM pg_user_mappings',
  'SELECT m::text FROM pg_user_mappings m',
  'SELECT option_value FROM information_schema.user_mapping_options',
];

test('promise 3: in read mode no statement reaches a foreign table or the secrets of its server, whatever its shape', async () => {
  const raw = await Raw.open(stage.through());
  for (const text of REFUSED) {
    await raw.ask(query('BEGIN'));
    assert.match(sqlstate(await raw.ask(query(text))) ?? 'none', /^(25006|42501)$/, text);
    await raw.ask(query('ROLLBACK'));
  }
  assert.equal(sqlstate(await raw.ask(query('SELECT count(*) FROM ONLY heirs'))), undefined);
  raw.destroy();
});
