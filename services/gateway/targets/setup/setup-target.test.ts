import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { type Cluster, startPostgres } from '../../../../test/helpers/postgres.ts';
import { printSetup } from './print-setup.ts';
import type { SetupPlan } from './setup-plan.ts';
import { SetupFailed, setupTarget } from './setup-target.ts';

let cluster: Cluster;
const plan: SetupPlan = {
  database: 'shop',
  schemas: ['public', 'sales'],
  reader: { user: 'sudoql_reader', password: 'reader-secret' },
  writer: { user: 'sudoql_writer', password: 'writer-secret' },
  control: { user: 'sudoql_control', password: 'control-secret' },
  keepFor: ['reporting'],
  gateways: ['10.0.0.0/28'],
};

before(async () => {
  cluster = await startPostgres();
  await cluster.createDatabase('shop');
  await cluster.sql(
    `CREATE ROLE app LOGIN PASSWORD 'app'; CREATE ROLE reporting LOGIN PASSWORD 'reporting';
     CREATE SCHEMA sales AUTHORIZATION app; GRANT CREATE ON SCHEMA public TO app; SET ROLE app;
     CREATE TABLE sales.orders(id serial PRIMARY KEY, note text); INSERT INTO sales.orders(note) VALUES ('one');
     CREATE TABLE customers(id int); RESET ROLE;
     CREATE EXTENSION postgres_fdw; CREATE TABLE far_log(n int); CREATE FUNCTION heard() RETURNS int LANGUAGE sql AS 'INSERT INTO public.far_log VALUES (1) RETURNING 1';
     CREATE VIEW hearing AS SELECT heard() AS n; GRANT ALL ON far_log, hearing TO app;
     CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '${cluster.port}', dbname 'shop');
     CREATE USER MAPPING FOR PUBLIC SERVER far OPTIONS (user 'app', password 'app');
     CREATE FOREIGN TABLE sales.far_hearing(n int) SERVER far OPTIONS (schema_name 'public', table_name 'hearing')`,
    'shop',
  );
});
after(() => cluster.remove());

const superuser = () => ({ connectionString: cluster.url('shop') });

async function as<T>(user: string, password: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: cluster.url('shop', user, password) });
  client.on('error', () => {});
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

const refused = (client: pg.Client, sql: string) =>
  assert.rejects(client.query(sql), (error: pg.DatabaseError) => {
    assert.equal(error.code, '42501', `${sql}: ${error.message}`);
    return true;
  });

/** Everything about rights that the server stores. */
const rights = async () =>
  (
    await cluster.sql(
      `SELECT jsonb_build_array((SELECT jsonb_agg(to_jsonb(a) - 'rolpassword' - 'oid' ORDER BY rolname) FROM pg_authid a),
        (SELECT jsonb_agg(array[roleid::regrole::text, member::regrole::text] ORDER BY 1) FROM pg_auth_members),
        (SELECT jsonb_agg(array[proname, proacl::text] ORDER BY oid) FROM pg_proc WHERE proacl IS NOT NULL),
        (SELECT jsonb_agg(array[relname, relacl::text] ORDER BY oid) FROM pg_class),
        (SELECT jsonb_agg(array[nspname, nspacl::text] ORDER BY oid) FROM pg_namespace),
        (SELECT jsonb_agg(defaclacl::text ORDER BY oid) FROM pg_default_acl),
        (SELECT jsonb_agg(array[datname, datacl::text] ORDER BY oid) FROM pg_database)) AS all`,
      'shop',
    )
  ).rows[0].all;

test('without --apply it prints the script and changes nothing', async () => {
  const before = await rights();
  const outcome = await setupTarget(superuser(), plan);
  assert.equal(outcome.applied, false);
  assert.deepEqual(await rights(), before);
  const sink = new PassThrough();
  printSetup(outcome, sink);
  const text = String(sink.read());
  assert.match(text, /Nothing was changed/);
  assert.match(text, /Also taken from app: name those that need it/);
  assert.doesNotMatch(text, /-secret|SCRAM-SHA-256\$/);
  assert.match(text, /hostssl shop sudoql_reader,sudoql_writer,sudoql_control 10\.0\.0\.0\/28 scram-sha-256/);
});

test('it can be applied again and changes nothing the second time, also after it gave more than it should', async () => {
  assert.deepEqual((await setupTarget(superuser(), plan, { apply: true })).notDone, []);
  const once = await rights();
  await setupTarget(superuser(), plan, { apply: true });
  assert.deepEqual(await rights(), once);
  await cluster.sql(
    `GRANT pg_read_all_data, app TO sudoql_reader; GRANT INSERT ON sales.orders TO sudoql_reader; GRANT TRUNCATE ON customers TO sudoql_writer;
     GRANT UPDATE (id) ON customers TO sudoql_reader; ALTER ROLE sudoql_writer BYPASSRLS CREATEROLE; GRANT TEMP ON DATABASE shop TO sudoql_reader`,
    'shop',
  );
  await setupTarget(superuser(), plan, { apply: true });
  assert.deepEqual(await rights(), once);
});

test('promise 4: the reader reads, and has no right to write even when it leaves READ ONLY', async () => {
  await as('sudoql_reader', 'reader-secret', async (client) => {
    assert.equal(
      (await client.query('SHOW default_transaction_read_only')).rows[0].default_transaction_read_only,
      'on',
    );
    assert.equal((await client.query('SELECT count(*)::int FROM sales.orders')).rows[0].count, 1);
    await client.query('SET default_transaction_read_only = off');
    for (const sql of [
      `INSERT INTO sales.orders(note) VALUES ('x')`,
      `UPDATE sales.orders SET note = 'x'`,
      'DELETE FROM sales.orders',
      'TRUNCATE customers',
      'SELECT * FROM sales.orders FOR UPDATE',
      `SELECT nextval('sales.orders_id_seq')`,
      `SELECT setval('sales.orders_id_seq', 9)`,
      'CREATE TABLE public.mine(id int)',
      'CREATE TEMP TABLE mine(id int)',
      'CREATE SCHEMA mine',
      `CREATE FUNCTION sales.f() RETURNS int LANGUAGE sql RETURN 1`,
      'SELECT lo_create(0)',
      `SELECT lo_from_bytea(0, 'x')`,
      `SELECT pg_logical_emit_message(false, 'x', 'y')`,
      `SELECT pg_logical_emit_message(false, 'x', 'y'::bytea)`,
      // READ ONLY would not stop it: what it calls there writes.
      'SELECT * FROM sales.far_hearing',
      'SELECT * FROM pg_authid',
      'SET ROLE app',
      'SET ROLE sudoql_writer',
      `COPY (SELECT 1) TO PROGRAM 'true'`,
      `SELECT pg_read_file('PG_VERSION')`,
    ])
      await refused(client, sql);
  });
});

test('a foreign table is the writer’s alone: READ ONLY is not known to the server that it is on', async () => {
  await as('sudoql_writer', 'writer-secret', async (client) => {
    await client.query('BEGIN READ ONLY; SELECT * FROM sales.far_hearing; COMMIT');
    assert.equal((await client.query('SELECT count(*)::int FROM far_log')).rows[0].count, 1);
  });
});

test('promise 4: the writer changes rows, also in tables made later, and nothing else', async () => {
  await as('app', 'app', (client) =>
    client.query('CREATE TABLE sales.later(id serial, n int); INSERT INTO sales.later(n) VALUES (1)'),
  );
  await as('sudoql_writer', 'writer-secret', async (client) => {
    await client.query('INSERT INTO sales.later(n) VALUES (2)');
    await client.query(`UPDATE sales.orders SET note = 'two'`);
    await client.query('DELETE FROM sales.later');
    for (const sql of [
      'TRUNCATE sales.orders',
      'ALTER TABLE sales.orders ADD x int',
      'CREATE TABLE sales.mine(id int)',
      'CREATE TEMP TABLE mine(id int)',
      'CREATE ROLE mine',
      'ALTER ROLE sudoql_reader SUPERUSER',
      'SET ROLE app',
      'SET session_replication_role = replica',
      'SELECT pg_terminate_backend(1)',
      `ALTER ROLE sudoql_control PASSWORD 'x'`,
    ])
      await refused(client, sql);
  });
  await as('sudoql_reader', 'reader-secret', (client) => client.query('SELECT * FROM sales.later'));
});

test('control ends backends of reader and writer, and neither can end those of control or of each other', async () => {
  const pid = (client: pg.Client) =>
    client.query('SELECT pg_backend_pid() AS pid').then(({ rows }) => rows[0].pid as number);
  const login = (name: string) => [`sudoql_${name}`, `${name}-secret`] as const;
  await as(...login('control'), async (control) => {
    for (const name of ['reader', 'writer']) {
      await as(...login(name), async (other) => {
        await refused(other, `SELECT pg_terminate_backend(${await pid(control)})`);
        await refused(other, `SELECT pg_cancel_backend(${await pid(other)})`);
        const theirs = await pid(other);
        const seen = await control.query('SELECT backend_start FROM pg_stat_activity WHERE pid = $1', [theirs]);
        assert.ok(seen.rows[0].backend_start instanceof Date);
        const gone = new Promise((resolve) => other.once('end', resolve));
        assert.equal((await control.query('SELECT pg_terminate_backend($1) AS sent', [theirs])).rows[0].sent, true);
        await gone;
      });
    }
    await refused(control, 'SELECT * FROM sales.orders');
  });
});

test('roles that are named keep what is taken from PUBLIC', async () => {
  await as('reporting', 'reporting', async (client) => {
    await client.query('CREATE TEMP TABLE mine(id int)');
    await client.query('SELECT lo_create(0)');
  });
  await as('app', 'app', (client) => refused(client, 'CREATE TEMP TABLE mine(id int)'));
});

test('an operator who is no superuser sets up what it can, and is told what carries the rest', async () => {
  await cluster.sql(`CREATE ROLE operator LOGIN CREATEROLE PASSWORD 'operator'`);
  await cluster.sql(`CREATE DATABASE managed OWNER operator`);
  await cluster.sql(`CREATE TABLE strange(id int); ALTER SCHEMA public OWNER TO operator`, 'managed');
  const operator = { connectionString: cluster.url('managed', 'operator', 'operator') };
  const own = new pg.Client(operator);
  await own.connect();
  await own.query('CREATE TABLE things(id int)');
  await own.end();
  const theirs: SetupPlan = {
    database: 'managed',
    schemas: ['public'],
    reader: { user: 'm_reader', password: 'r' },
    writer: { user: 'm_writer', password: 'w' },
    control: { user: 'm_control', password: 'c' },
  };
  const outcome = await setupTarget(operator, { ...theirs, makers: ['operator'] }, { apply: true });
  const skipped = outcome.notDone.map(({ statement }) => statement.shown);
  assert.ok(skipped.some((sql) => sql.includes('lo_create(oid) FROM PUBLIC')));
  assert.ok(!skipped.some((sql) => sql.includes('TEMP')), 'the database is its own');
  assert.ok(outcome.notDone.every(({ statement }) => statement.otherwise));
  assert.ok(outcome.notes.some((note) => note.includes('public.strange')));
  await setupTarget(operator, { ...theirs, makers: ['operator'] }, { apply: true });

  const control = new pg.Client({ connectionString: cluster.url('managed', 'm_control', 'c') });
  const writer = new pg.Client({ connectionString: cluster.url('managed', 'm_writer', 'w') });
  writer.on('error', () => {});
  await Promise.all([control.connect(), writer.connect()]);
  await writer.query('INSERT INTO things VALUES (1)');
  const gone = new Promise((resolve) => writer.once('end', resolve));
  await control.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'm_writer'`);
  await Promise.all([gone, control.end()]);

  const back = new pg.Client(operator);
  await back.connect();
  await back.query(outcome.undo);
  await back.end();
  assert.equal((await cluster.sql(`SELECT count(*)::int FROM pg_roles WHERE rolname ~ '^m_'`)).rows[0].count, 0);
});

test('what cannot be lived with changes nothing and says why', async () => {
  const before = await rights();
  await assert.rejects(
    setupTarget(
      { connectionString: cluster.url('shop', 'app', 'app') },
      { ...plan, reader: { user: 'other_reader' } },
      { apply: true },
    ),
    (error: Error) => error instanceof SetupFailed && /CREATE ROLE "other_reader"/.test(error.message),
  );
  await assert.rejects(
    setupTarget({ connectionString: cluster.url('postgres') }, plan),
    /Connected to database postgres/,
  );
  await assert.rejects(setupTarget(superuser(), { ...plan, schemas: ['nowhere'] }), /There is no schema nowhere/);
  await assert.rejects(setupTarget(superuser(), { ...plan, writer: plan.reader }), /must be different logins/);
  await assert.rejects(
    setupTarget(superuser(), { ...plan, reader: { user: 'x', password: 'pass\u200bword' } }),
    /printable ASCII/,
  );
  assert.deepEqual(await rights(), before);
});

test('a name with quotes stays a name', async () => {
  const odd = `we"ird'; DROP TABLE customers; --`;
  await setupTarget(superuser(), { ...plan, reader: { user: odd }, keepFor: [] }, { apply: true });
  assert.equal(
    (await cluster.sql(`SELECT count(*)::int FROM pg_roles WHERE rolname = $1`, 'shop', [odd])).rows[0].count,
    1,
  );
  await cluster.sql('SELECT * FROM customers', 'shop');
  await cluster.sql(`DROP OWNED BY ${pg.escapeIdentifier(odd)}; DROP ROLE ${pg.escapeIdentifier(odd)}`, 'shop');
});

test('the undo script takes back the logins and gives PUBLIC what it had', async () => {
  await cluster.createDatabase('other');
  const fresh: SetupPlan = {
    database: 'other',
    schemas: ['public'],
    reader: { user: 'o_reader' },
    writer: { user: 'o_writer' },
    control: { user: 'o_control' },
  };
  const state = () =>
    cluster
      .sql(
        `SELECT (SELECT count(*)::int FROM pg_roles WHERE rolname ~ '^o_') AS roles, has_database_privilege('app', 'other', 'TEMP') AS temp,
          has_function_privilege('app', 'lo_create(oid)', 'EXECUTE') AS large, has_function_privilege('app', 'pg_cancel_backend(int)', 'EXECUTE') AS cancel`,
        'other',
      )
      .then(({ rows }) => rows[0]);
  const atFirst = await state();
  const { undo } = await setupTarget({ connectionString: cluster.url('other') }, fresh, { apply: true });
  assert.deepEqual(await state(), { roles: 3, temp: false, large: false, cancel: false });
  await cluster.sql(undo, 'other');
  assert.deepEqual(await state(), atFirst);
});
