// What a session's statements meant in read they mean in write, however the two logins differ: by ALTER ROLE and ALTER DATABASE, by
// schemas of their names, by schemas that one of them may not use. Where that cannot be had, sudo is refused with both values.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import type pg from 'pg';
import { startVersion, VERSIONS } from '../helpers/debian-postgres.ts';
import { makeStage, openPolicy, type Stage } from './stage.ts';

const SCHEMAS = ['reader', 'writer', 'one', 'two'];
const SCHEMA = `CREATE TABLE items (id int PRIMARY KEY, name text, at date);
  INSERT INTO items SELECT n, 'public' FROM generate_series(1, 3) n;`;
/** A schema with a table of the same name, and another number of rows. */
const made = (schema: string, rows: number, users = 'reader, writer') =>
  `CREATE SCHEMA ${schema}; GRANT USAGE ON SCHEMA ${schema} TO ${users};
   CREATE TABLE ${schema}.items (LIKE public.items); INSERT INTO ${schema}.items SELECT n, '${schema}' FROM generate_series(1, ${rows}) n;
   GRANT SELECT ON ${schema}.items TO reader, writer; GRANT INSERT, UPDATE, DELETE ON ${schema}.items TO writer;`;

for (const version of VERSIONS) {
  let stage: Stage;

  before(async () => {
    const cluster = await startVersion(version);
    stage = await makeStage({ policy: openPolicy(), cluster, schema: SCHEMA });
  });
  after(() => stage?.remove());
  afterEach(async () => {
    for (const schema of SCHEMAS) await stage.rows(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
    await stage.rows('ALTER ROLE reader RESET ALL; ALTER ROLE writer RESET ALL; ALTER DATABASE shop RESET ALL');
    await stage.rows('ALTER ROLE reader IN DATABASE shop RESET ALL; ALTER ROLE writer IN DATABASE shop RESET ALL');
    await stage.rows("UPDATE public.items SET name = 'public', at = NULL");
  });

  const value = async (client: pg.Client, text: string) => Object.values((await client.query(text)).rows[0] ?? {})[0];
  const sudo = (client: pg.Client) => client.query("SELECT sudo('why')");

  const WAYS: Record<string, { prepare: string; read?: string[]; rows: number }> = {
    "the writer's ALTER ROLE": { prepare: `${made('one', 5)} ALTER ROLE writer SET search_path = one`, rows: 3 },
    "the reader's ALTER ROLE": {
      prepare: `${made('one', 5)} ALTER ROLE reader SET search_path = one, public`,
      rows: 5,
    },
    'ALTER ROLE … IN DATABASE': {
      prepare: `${made('one', 5)} ALTER ROLE writer IN DATABASE shop SET search_path = one`,
      rows: 3,
    },
    'ALTER ROLE over ALTER DATABASE': {
      prepare: `${made('one', 5)} ${made('two', 6)} ALTER DATABASE shop SET search_path = two; ALTER ROLE writer SET search_path = one`,
      rows: 6,
    },
    'a schema named like the writer': { prepare: made('writer', 5), rows: 3 },
    'a schema named like the reader': { prepare: made('reader', 5), rows: 5 },
    'schemas named like both': { prepare: made('reader', 5) + made('writer', 6), rows: 5 },
    'a SET in read that names "$user"': {
      prepare: made('writer', 6) + made('one', 5),
      read: ['SET search_path = "$user", one'],
      rows: 5,
    },
    'a schema that is closed to the reader': {
      prepare: `${made('one', 5, 'writer')} ALTER DATABASE shop SET search_path = one, public`,
      rows: 3,
    },
    'a schema that is closed to the reader, in a SET': {
      prepare: made('one', 5, 'writer'),
      read: ['SET search_path = one, public'],
      rows: 3,
    },
  };

  for (const [how, { prepare, read = [], rows }] of Object.entries(WAYS)) {
    test(`on ${version} a SELECT before sudo and an UPDATE after it go to the same table: ${how}`, async () => {
      await stage.rows(prepare);
      const client = await stage.connect();
      for (const text of read) await client.query(text);
      const path = await value(client, 'SHOW search_path');
      assert.equal(Number(await value(client, 'SELECT count(*) FROM items')), rows);
      const table = await value(client, 'SELECT name FROM items LIMIT 1');
      await sudo(client);
      assert.equal(Number(await value(client, 'SELECT count(*) FROM items')), rows);
      assert.equal((await client.query("UPDATE items SET name = 'hit'")).rowCount, rows);
      assert.equal((await stage.rows(`SELECT 1 FROM ${table}.items WHERE name = 'hit'`)).length, rows);
      // What RESET returns to is the reader's own as well.
      const unset = await stage.connect();
      const reset = await value(unset, 'SELECT count(*) FROM items');
      await client.query('SET search_path = pg_catalog');
      await client.query('RESET search_path');
      assert.equal(await value(client, 'SELECT count(*) FROM items'), reset);
      await client.query('SELECT unsudo()');
      if (read.length === 0) assert.equal(await value(client, 'SHOW search_path'), path);
      assert.equal(await value(client, 'SELECT count(*) FROM items'), reset);
      await Promise.all([client.end(), unset.end()]);
    });
  }

  test(`on ${version} a search_path with "$user", set in read, is back in its own words after write mode`, async () => {
    await stage.rows(made('writer', 6) + made('one', 5));
    const client = await stage.connect();
    await client.query('SET search_path = "$user", one');
    await sudo(client);
    assert.equal(await value(client, 'SHOW search_path'), '"reader", "one"');
    await client.query('SELECT unsudo()');
    assert.equal(await value(client, 'SHOW search_path'), '"$user", one');
    await sudo(client);
    await client.query('SET search_path = one');
    await client.query('SELECT unsudo()');
    assert.equal(await value(client, 'SHOW search_path'), 'one');
    await client.end();
  });

  test(`on ${version} the first of February stays it: DateStyle, also by RESET, and at connect`, async () => {
    await stage.rows("ALTER ROLE writer SET DateStyle = 'ISO, DMY'; ALTER ROLE writer SET TimeZone = 'Asia/Tokyo'");
    const client = await stage.connect();
    assert.equal(await value(client, "SELECT extract(month FROM '02/01/2026'::date)::int"), 2);
    const zone = await value(client, 'SHOW TimeZone');
    await sudo(client);
    await client.query("UPDATE items SET at = '02/01/2026'");
    await client.query("SET DateStyle = 'German'");
    await client.query('RESET DateStyle');
    await client.query("UPDATE items SET at = '02/01/2026' WHERE id = 2");
    assert.equal(await value(client, 'SHOW TimeZone'), zone);
    assert.deepEqual(await stage.rows("SELECT DISTINCT to_char(at, 'YYYY-MM-DD') AS at FROM items"), [
      { at: '2026-02-01' },
    ]);
    const atOnce = await stage.connect({ options: '-c sudoql.reason=why' });
    assert.equal(await value(atOnce, "SELECT extract(month FROM '02/01/2026'::date)::int"), 2);
    await Promise.all([client.end(), atOnce.end()]);
  });

  test(`on ${version} every setting that decides meaning is the reader's in write mode, what RESET returns to as well`, async () => {
    const settings: [name: string, ofReader: string, ofWriter: string][] = [
      ['IntervalStyle', 'iso_8601', 'sql_standard'],
      ['bytea_output', 'escape', 'hex'],
      ['extra_float_digits', '0', '3'],
      ['array_nulls', 'off', 'on'],
      ['transform_null_equals', 'on', 'off'],
      ['default_transaction_isolation', 'serializable', 'repeatable read'],
      ['default_text_search_config', 'pg_catalog.german', 'pg_catalog.french'],
      ['xmloption', 'document', 'content'],
      ['row_security', 'on', 'off'],
      ['gin_fuzzy_search_limit', '7', '9'],
      ['lc_monetary', 'C', 'POSIX'],
      ['app.tenant', '7', '8'],
      ['app.mode', 'strict', ''],
    ];
    for (const [name, one, other] of settings) {
      await stage.rows(`ALTER ROLE reader SET ${name} = '${one}'; ALTER ROLE writer SET ${name} = '${other}'`);
    }
    const client = await stage.connect();
    await sudo(client);
    for (const [name, one] of settings) {
      const show = `SELECT current_setting('${name}')`;
      assert.equal(await value(client, show), one, name);
      await client.query(`RESET ${name}`);
      assert.equal(await value(client, show), one, `${name} after RESET`);
    }
    await client.end();
  });

  const REFUSED: Record<string, { prepare: string; says: RegExp }> = {
    'a setting that a superuser gave the writer alone': {
      prepare: 'ALTER ROLE writer SET session_replication_role = replica',
      says: /session_replication_role is "origin" in read mode and would be "replica" in write mode/,
    },
    'a setting that is not set for the reader at all': {
      prepare: "ALTER ROLE writer SET app.tenant = '8'",
      says: /app\.tenant is not set in read mode and would be "8" in write mode/,
    },
    'a schema that is closed to the writer': {
      prepare: `${made('one', 5, 'reader')} ALTER DATABASE shop SET search_path = one, public`,
      says: /search_path "one, public" the writer may not look into/,
    },
    "a schema named like the reader that is the reader's alone": {
      prepare: made('reader', 5, 'reader'),
      says: /the writer may not look into/,
    },
  };

  for (const [how, { prepare, says }] of Object.entries(REFUSED)) {
    test(`on ${version} sudo is refused in words, with both values, and nothing is announced: ${how}`, async () => {
      await stage.rows(prepare);
      const before = (await stage.entries('elevation_started')).length;
      const client = await stage.connect();
      await assert.rejects(sudo(client), (error: pg.DatabaseError) => {
        assert.equal(error.routine, 'sudo_failed');
        assert.match(error.message, says);
        assert.match(error.hint ?? '', /sudoqld doctor/);
        return true;
      });
      assert.equal(await value(client, 'SHOW sudoql.mode'), 'read');
      assert.equal((await stage.entries('elevation_started')).length, before);
      await stage.gone('the writer that was not switched to', 20_000);
      await client.end();
    });
  }

  test(`on ${version} limits, plans and logging of the writer's own are its own`, async () => {
    await stage.rows(
      "ALTER ROLE writer SET work_mem = '8MB'; ALTER ROLE writer SET enable_seqscan = off; ALTER ROLE writer SET pgaudit.log = 'write'",
    );
    const client = await stage.connect();
    await sudo(client);
    assert.equal(await value(client, 'SHOW work_mem'), '8MB');
    assert.equal(await value(client, "SELECT current_setting('pgaudit.log')"), 'write');
    await client.end();
  });
}
