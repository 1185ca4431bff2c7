import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { type Cluster, startPostgres } from '../../../test/helpers/postgres.ts';
import { checkSchema, migrate } from './migrate.ts';
import { SchemaMismatch } from './mismatch.ts';
import { readMigrations } from './migrations.ts';
import { FOUND_BY, foundBy } from '../chain/seal.ts';

let cluster: Cluster;
before(async () => {
  cluster = await startPostgres();
});
after(() => cluster?.remove());

const GATEWAY = 'for tests: gateway';
const AUDITOR = 'for tests: auditor';
const passwords = { gatewayPassword: GATEWAY, auditorPassword: AUDITOR };

async function as<T>(url: string, act: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return await act(client);
  } finally {
    await client.end();
  }
}
const gateway = <T>(database: string, act: (client: pg.Client) => Promise<T>) =>
  as(cluster.url(database, 'sudoql_gateway', GATEWAY), act);

test('several installers at once leave one schema, and a later one finds nothing to do', async () => {
  await cluster.createDatabase('racing');
  const owner = { connectionString: cluster.url('racing') };
  const applied = (await Promise.all([1, 2, 3].map(() => migrate(owner, passwords)))).flat();
  const names = (await readMigrations()).map(({ name }) => name);
  assert.deepEqual(applied.toSorted(), names);
  assert.deepEqual(await migrate(owner), []);
  await gateway('racing', checkSchema);
});

test('a schema newer than this version, or a changed migration, is refused', async () => {
  await cluster.createDatabase('newer');
  const owner = { connectionString: cluster.url('newer') };
  await migrate(owner, passwords);
  await cluster.sql("INSERT INTO migration VALUES (900, '900-of-tomorrow.sql', 'x')", 'newer');
  await assert.rejects(migrate(owner), SchemaMismatch);
  await assert.rejects(gateway('newer', checkSchema), SchemaMismatch);
  await cluster.sql("DELETE FROM migration WHERE id = 900; UPDATE migration SET checksum = 'x' WHERE id = 1", 'newer');
  await assert.rejects(migrate(owner), SchemaMismatch);
});

test('a ledger that was not migrated is told so', async () => {
  await cluster.createDatabase('bare');
  await assert.rejects(as(cluster.url('bare'), checkSchema), /sudoqld migrate/);
});

test('a migration that fails leaves nothing behind', async () => {
  await cluster.createDatabase('broken');
  const owner = { connectionString: cluster.url('broken') };
  const migrations = [{ id: 1, name: '001-broken.sql', sql: 'CREATE TABLE half (); SELECT 1/0', checksum: 'c' }];
  await assert.rejects(migrate(owner, { migrations }), /001-broken\.sql/);
  const { rows } = await cluster.sql(
    "SELECT to_regclass('half') AS half, (SELECT count(*) FROM migration) AS n",
    'broken',
  );
  assert.deepEqual(rows, [{ half: null, n: '0' }]);
});

test("promise 7: the gateway's login can insert and select, and not change or remove what was recorded", async () => {
  await cluster.createDatabase('grants');
  await migrate({ connectionString: cluster.url('grants') }, passwords);
  const refused = async (text: string) =>
    gateway('grants', async (client) => {
      await assert.rejects(
        client.query(text),
        (error: pg.DatabaseError) => /^42(501|P01|809)$/.test(error.code ?? ''),
        text,
      );
    });
  const { rows } = await cluster.sql(
    `SELECT c.relname AS name, c.relkind AS kind FROM pg_class c
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') ORDER BY 1`,
    'grants',
  );
  const tables = rows as { name: string; kind: string }[];
  assert.ok(tables.length > 8);
  const { rows: held } = await cluster.sql(
    `SELECT c.relname AS name, p.privilege FROM pg_class c, unnest('{UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER}'::text[]) AS p(privilege)
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v')
       AND has_table_privilege('sudoql_gateway', c.oid, p.privilege)`,
    'grants',
  );
  assert.deepEqual(held, []);
  await refused('UPDATE entry SET body = body');
  await refused('DELETE FROM entry');
  await refused('TRUNCATE entry');
  await refused('DROP TABLE entry');
  await refused('ALTER TABLE entry DISABLE TRIGGER ALL');
  await refused('ALTER TABLE entry DETACH PARTITION entry_default');
  await refused('CREATE TABLE mine ()');
  await refused('CREATE TEMP TABLE entry (body text)');
  await refused("COPY entry TO PROGRAM 'true'");
  await refused("UPDATE migration SET checksum = ''");
  await refused('INSERT INTO chain_checkpoint VALUES ($$c$$, 1, $$h$$, now())');
});

test("promise 7: the auditor's login reads entries and no token, and can add, change or remove nothing, nor call what could", async () => {
  await as(cluster.url('grants', 'sudoql_auditor', AUDITOR), async (client) => {
    await client.query('SELECT body FROM entry');
    for (const text of [
      ...['token', 'principal_salt', 'shared_secret'].map((table) => `SELECT * FROM ${table}`),
      "INSERT INTO chain VALUES ('c', 'r')",
      "INSERT INTO entry (at, body, hash) VALUES (now(), '{}', repeat('a', 64))",
      'INSERT INTO entry_default SELECT * FROM entry',
      'UPDATE entry SET body = body',
      'DELETE FROM entry',
      'TRUNCATE entry',
      'DROP TABLE entry_default',
      'ALTER TABLE entry DISABLE TRIGGER ALL',
      'ALTER TABLE entry OWNER TO sudoql_auditor',
      "DO 'BEGIN LOCK TABLE entry IN ACCESS EXCLUSIVE MODE; END'",
      'COPY entry FROM STDIN',
      "COPY entry TO PROGRAM 'true'",
      'CREATE TABLE mine ()',
      'CREATE TEMP TABLE entry (body text)',
      "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
      'SELECT keep_partitions()',
      "SELECT graphile_worker.add_job('notify', '{}')",
      'SET ROLE sudoql_gateway',
      'SET SESSION AUTHORIZATION sudoql_gateway',
      'ALTER ROLE sudoql_auditor CREATEROLE',
      "SET session_replication_role = 'replica'",
    ])
      await assert.rejects(
        client.query(text),
        (error: pg.DatabaseError) => /^42(501|P01|809)$/.test(error.code ?? ''),
        text,
      );
    // A warning, and nothing comes of it.
    await client.query('GRANT INSERT ON entry TO sudoql_auditor');
  });
  const { rows: held } = await cluster.sql(
    `SELECT c.oid::regclass::text AS name, p.privilege FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace,
       unnest('{INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER,MAINTAIN}'::text[]) AS p(privilege)
     WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
       AND (has_table_privilege('sudoql_auditor', c.oid, p.privilege)
         OR p.privilege IN ('INSERT', 'UPDATE', 'REFERENCES') AND has_any_column_privilege('sudoql_auditor', c.oid, p.privilege))
     UNION ALL
     SELECT c.oid::regclass::text, 'sequence' FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE CASE WHEN c.relkind = 'S' THEN has_sequence_privilege('sudoql_auditor', c.oid, 'USAGE,UPDATE') END
     UNION ALL
     SELECT n.nspname, 'CREATE' FROM pg_namespace n
     WHERE has_schema_privilege('sudoql_auditor', n.oid, 'CREATE')
     UNION ALL
     SELECT p.oid::regprocedure::text, 'its owner’s rights' FROM pg_proc p
     WHERE p.prosecdef AND has_function_privilege('sudoql_auditor', p.oid, 'EXECUTE')
       AND has_schema_privilege('sudoql_auditor', p.pronamespace, 'USAGE')
     UNION ALL
     SELECT r.rolname, 'member' FROM pg_roles r WHERE r.rolname <> 'sudoql_auditor' AND pg_has_role('sudoql_auditor', r.oid, 'MEMBER')`,
    'grants',
  );
  assert.deepEqual(held, []);
});

test("another login of the same cluster cannot connect to the ledger's database", async () => {
  await cluster.sql("CREATE ROLE stranger LOGIN PASSWORD 'for tests'");
  await assert.rejects(
    as(cluster.url('grants', 'stranger', 'for tests'), async () => {}),
    { code: '42501' },
  );
});

test('a gateway login that could rewrite the record is refused', async () => {
  await cluster.sql('ALTER ROLE sudoql_gateway SUPERUSER');
  try {
    await assert.rejects(migrate({ connectionString: cluster.url('grants') }), /could change the record/);
  } finally {
    await cluster.sql('ALTER ROLE sudoql_gateway NOSUPERUSER');
  }
});

test('a gateway of the version before inserts texts alone, and the columns are what they say', async () => {
  const who = { principal: 'é'.repeat(300), session: 's', target: 'shop', elevation: null };
  const entry = { at: '2026-11-30T12:34:56.789Z', chain: 'c', kind: 'session_ended', seq: 7, ...who };
  await gateway('grants', async (client) => {
    await client.query('INSERT INTO entry (at, body, hash) VALUES ($1, $2, $3)', [
      entry.at,
      JSON.stringify(entry),
      'a'.repeat(64),
    ]);
    const { rows } = await client.query(`SELECT chain, seq, kind, ${FOUND_BY.join(', ')} FROM entry`);
    assert.deepEqual(rows, [{ chain: 'c', seq: '7', kind: 'session_ended', ...foundBy(entry) }]);
    assert.equal(foundBy(entry).principal?.length, 200);
  });
});

test("the gateway's login adds and takes jobs, and makes the months to come", async () => {
  await gateway('grants', async (client) => {
    await client.query(`SELECT graphile_worker.add_job('a_task', '{}')`);
    const { rows } = await client.query('SELECT count(*)::int AS n FROM graphile_worker._private_jobs');
    assert.deepEqual(rows, [{ n: 1 }]);
    await client.query('DELETE FROM graphile_worker._private_jobs');
    const made = await client.query('SELECT keep_partitions(4) AS n');
    assert.deepEqual(made.rows, [{ n: 4 }]);
  });
});
