// setup-target on the oldest and the newest server, run by a superuser and by an operator who is none: a dry run changes
// nothing, a second run changes nothing and says so, and what it prints takes back exactly what was done.
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import pg from 'pg';
import { startVersion, VERSIONS } from '../../../../test/helpers/debian-postgres.ts';
import type { Cluster } from '../../../../test/helpers/postgres.ts';
import { printSetup } from './print-setup.ts';
import type { SetupOutcome, SetupPlan } from './setup-plan.ts';
import { setupTarget } from './setup-target.ts';

const PLAN: SetupPlan = {
  database: 'shop',
  schemas: ['public', 'sales'],
  reader: { user: 'u_reader', password: 'r' },
  writer: { user: 'u_writer', password: 'w' },
  control: { user: 'u_control', password: 'c' },
  owner: { user: 'u_owner', password: 'o', of: ['u_makers'] },
  keepFor: ['u_app'],
  makers: ['operator'],
};

/** Everything about rights that the server stores, wherever it is; passwords and who made a role a member of itself apart. */
const everything = async (cluster: Cluster, version: number) => {
  // Up to 15 a membership is one, whoever granted it.
  const membership = `(to_jsonb(m) - 'oid'${version < 16 ? " - 'grantor'" : ''})::text`;
  const acl = (column: string) =>
    `(SELECT jsonb_agg(a::text ORDER BY a::text) FROM aclexplode(${column}) a WHERE ${column} IS NOT NULL)`;
  const text = `SELECT jsonb_build_object(
    'roles', (SELECT jsonb_agg(to_jsonb(r) - 'rolpassword' - 'oid' ORDER BY rolname) FROM pg_roles r),
    'members', (SELECT jsonb_agg(${membership} ORDER BY ${membership}) FROM pg_auth_members m),
    'databases', (SELECT jsonb_agg(array[datname, ${acl("coalesce(datacl, acldefault('d', datdba))")}::text] ORDER BY datname) FROM pg_database),
    'schemas', (SELECT jsonb_agg(array[nspname, ${acl("coalesce(nspacl, acldefault('n', nspowner))")}::text] ORDER BY nspname) FROM pg_namespace),
    'relations', (SELECT jsonb_agg(array[relname, ${acl("coalesce(relacl, acldefault(CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::\"char\", relowner))")}::text] ORDER BY oid) FROM pg_class),
    'columns', (SELECT jsonb_agg(array[attrelid::text, attname, ${acl('attacl')}::text] ORDER BY attrelid, attnum) FROM pg_attribute WHERE attacl IS NOT NULL),
    'functions', (SELECT jsonb_agg(array[oid::text, ${acl("coalesce(proacl, acldefault('f', proowner))")}::text] ORDER BY oid) FROM pg_proc),
    'defaults', (SELECT jsonb_agg(array[defaclrole::text, defaclnamespace::text, ${acl('defaclacl')}::text] ORDER BY oid) FROM pg_default_acl)) AS all`;
  return (await cluster.sql(text, 'shop')).rows[0].all;
};

const printed = (outcome: SetupOutcome): string => {
  const sink = new PassThrough();
  printSetup(outcome, sink);
  return String(sink.read());
};

/** What a real target has before: a reader from an earlier tool that may too much, rights on columns, PUBLIC's as ever. */
const EARLIER = `CREATE ROLE u_team; CREATE ROLE u_reader LOGIN PASSWORD 'earlier' IN ROLE u_team CONNECTION LIMIT 7;
  GRANT CREATE ON SCHEMA public TO PUBLIC; GRANT TEMP ON DATABASE shop TO u_reader;
  GRANT INSERT ON sales.orders TO u_reader WITH GRANT OPTION; GRANT UPDATE (note) ON sales.orders TO u_reader;
  GRANT SELECT ON things TO PUBLIC; REVOKE EXECUTE ON FUNCTION pg_catalog.lo_unlink(oid) FROM PUBLIC;
  ALTER ROLE u_reader SET idle_in_transaction_session_timeout = '1min'; ALTER ROLE u_reader SET default_transaction_read_only = off;
  ALTER DEFAULT PRIVILEGES FOR ROLE operator IN SCHEMA sales GRANT DELETE ON TABLES TO u_reader`;

for (const version of VERSIONS) {
  test(`promise 4: on ${version} a dry run and a second run change nothing, and undo takes back exactly what was done`, async (context) => {
    const cluster = await startVersion(version);
    context.after(() => cluster.remove());
    await cluster.sql(
      `CREATE ROLE operator LOGIN CREATEROLE PASSWORD 'operator'; CREATE ROLE u_app LOGIN;
       CREATE ROLE u_makers; GRANT u_makers TO operator WITH ADMIN OPTION`,
    );
    for (const operator of ['postgres', 'operator'])
      for (const earlier of [false, true])
        await context.test(`by ${operator}${earlier ? ', over what an earlier setup left' : ''}`, () =>
          thereAndBack(cluster, version, operator, earlier),
        );
  });
}

async function thereAndBack(cluster: Cluster, version: number, operator: string, earlier: boolean): Promise<void> {
  await cluster.sql('CREATE DATABASE shop OWNER operator');
  await cluster.sql('ALTER SCHEMA public OWNER TO operator', 'shop');
  const admin = { connectionString: cluster.url('shop', operator, operator === 'postgres' ? undefined : operator) };
  await cluster.sql(
    `SET ROLE operator; CREATE SCHEMA sales; CREATE TABLE sales.orders(id serial, note text); CREATE TABLE things(a int);
     CREATE VIEW sales.notes AS SELECT note FROM sales.orders`,
    'shop',
  );
  if (earlier) await cluster.sql(EARLIER, 'shop');
  // From 16 CREATEROLE reaches only roles that one administers.
  if (earlier && version >= 16) await cluster.sql('GRANT u_reader, u_team TO operator WITH ADMIN OPTION');
  const before = await everything(cluster, version);

  const dry = await setupTarget(admin, PLAN);
  assert.deepEqual([dry.applied, dry.changed], [false, true]);
  assert.deepEqual(await everything(cluster, version), before);

  const first = await setupTarget(admin, PLAN, { apply: true });
  assert.deepEqual([first.applied, first.changed], [true, true]);
  assert.match(printed(first), /^-- Applied\./);
  const done = await everything(cluster, version);
  assert.notDeepEqual(done, before);

  const second = await setupTarget(admin, PLAN, { apply: true });
  assert.deepEqual([second.changed, second.undo], [false, '']);
  assert.match(printed(second), /^-- Nothing needs to be changed: all of it is so already\./);
  const passwords = operator === 'postgres' ? [] : ['u_reader', 'u_writer', 'u_control', 'u_owner'];
  assert.deepEqual(second.passwords, passwords);
  assert.equal(printed(second).includes('-- Set again'), passwords.length > 0);
  assert.deepEqual(await everything(cluster, version), done);

  // What came since goes too: a table that default privileges opened to the new logins.
  await cluster.sql('SET ROLE operator; CREATE TABLE sales.later(a int)', 'shop');
  const own = new pg.Client(admin);
  await own.connect();
  await own.query(first.undo).finally(() => own.end());
  await cluster.sql('DROP TABLE sales.later', 'shop');
  assert.deepEqual(await everything(cluster, version), before);
  await cluster.sql('DROP DATABASE shop');
  if (earlier) await cluster.sql('DROP ROLE u_reader, u_team');
}
