// Settings, transactions, cursors, prepared statements and what pools send between two borrowers: in read mode a client
// must not tell the gateway from the server.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type pg from 'pg';
import { close } from '../../services/gateway/wire/frames.ts';
import { same, type Script, type Startup } from './compare.ts';
import { bindText, describe, execute, parse, query, Raw, run, SYNC } from './raw-client.ts';
import { makeStage, openPolicy, type Stage } from './stage.ts';

let stage: Stage;

before(async () => {
  stage = await makeStage({
    policy: openPolicy(),
    schema: `CREATE TABLE items (id int PRIMARY KEY, name text);
      INSERT INTO items SELECT n, 'item ' || n FROM generate_series(1, 20) n;
      CREATE SCHEMA other; CREATE TABLE other.items (id text); GRANT USAGE ON SCHEMA other TO PUBLIC; GRANT SELECT ON other.items TO PUBLIC;
      CREATE TABLE tenants (tenant text, name text); INSERT INTO tenants VALUES ('7', 'seven'), ('8', 'eight');
      ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
      CREATE POLICY own ON tenants USING (tenant = current_setting('app.tenant', true)) WITH CHECK (tenant = current_setting('app.tenant', true));
      GRANT SELECT ON tenants TO PUBLIC`,
    ownSettings: ['app'],
  });
});
after(() => stage?.remove());

/** Each text a Query of its own. */
const texts = (...all: string[]): Script => all.map((text) => [query(text)]);

/** A setting, two values that it takes and one that it does not. */
const SETTINGS: [name: string, one: string, two: string, wrong: string][] = [
  ['search_path', 'other', '"$user", other, public', "'"],
  ['TimeZone', "'UTC'", "'Europe/Berlin'", "'No/Where'"],
  ['extra_float_digits', '0', '3', '99'],
  ['DateStyle', "'SQL, DMY'", 'German', 'nonsense'],
  ['IntervalStyle', 'iso_8601', 'postgres_verbose', 'nonsense'],
  ['bytea_output', 'escape', 'hex', 'octal'],
  ['client_min_messages', 'warning', 'error', 'quiet'],
  ['lock_timeout', "'5s'", '100', "'soon'"],
  ['enable_seqscan', 'off', 'on', 'maybe'],
  ['default_transaction_isolation', "'repeatable read'", 'serializable', 'none'],
  ['xmlbinary', 'hex', 'base64', 'x'],
  ['quote_all_identifiers', 'on', 'off', '2'],
  ['row_security', 'off', 'on', 'x'],
];

/** The same of a prefix that policy lists; such a setting takes any value. */
const OWN: Script = [
  ...texts(
    "SET app.tenant = '7'",
    'SHOW app.tenant',
    'SELECT name FROM tenants',
    'SET app.tenant TO DEFAULT',
    'SHOW app.tenant',
  ),
  ...texts('BEGIN', "SET LOCAL app.tenant = '8'", 'SELECT name FROM tenants', 'COMMIT', 'SELECT name FROM tenants'),
  ...texts("SELECT set_config('app.tenant', '7', false), set_config('APP.User', 'ana', false)", 'SHOW app.user'),
  ...texts(
    'BEGIN',
    "SELECT set_config('app.tenant', '8', true)",
    'SELECT name FROM tenants',
    'ROLLBACK',
    'SELECT name FROM tenants',
  ),
  [[parse('', "SELECT set_config('app.tenant', $1, false)", [25]), bindText('', '', ['8']), execute(''), SYNC]],
  ...texts(
    'SELECT name FROM tenants',
    'RESET app.tenant',
    'SHOW app.tenant',
    'DISCARD ALL',
    "SELECT current_setting('app.user', true)",
  ),
];

test('promise 11: settings of an own prefix that policy lists are set in read as by PostgreSQL', async () => {
  await same(stage, OWN);
});

test('settings of an own prefix cross to write mode and back, at connect too, and to no other session', async () => {
  const tenant = async (client: pg.Client) =>
    (await client.query("SELECT current_setting('app.tenant', true) AS tenant")).rows[0]?.tenant ?? '';
  const ana = await stage.connect();
  await ana.query("SELECT set_config('app.other', 'x', false), set_config('app.tenant', '7', false)");
  await ana.query("SELECT sudo('own settings')");
  assert.equal(await tenant(ana), '7');
  assert.equal((await ana.query('SHOW app.other')).rows[0]?.['app.other'], 'x');
  assert.deepEqual((await ana.query('SELECT name FROM tenants')).rows, [{ name: 'seven' }]);
  await ana.query("SET app.tenant = '8'; SET app.late = 'y'; RESET app.other");
  await ana.query('SELECT unsudo()');
  assert.equal(await tenant(ana), '8');
  assert.deepEqual(
    (await ana.query("SELECT current_setting('app.late', true) AS late, current_setting('app.other', true) AS other"))
      .rows,
    [{ late: 'y', other: '' }],
  );
  const ben = await stage.connect();
  assert.equal(await tenant(ben), '');
  const given = await stage.connect({ options: '-c app.tenant=9' });
  assert.equal(await tenant(given), '9');
  await given.query("SELECT sudo('own settings at connect')");
  assert.equal(await tenant(given), '9');
  await given.query('SELECT unsudo()');
});

for (const text of [
  "SET apps.tenant = '7'",
  "SET other.app = '7'",
  "SET sudoql.mode = 'write'",
  "SELECT set_config('ap' || 'p.tenant', '7', false)",
  'SET app = 7',
  "SET role = 'app.x'",
  "SET app.tenant = '7'; SET plpgsql.variable_conflict = 'use_column'",
]) {
  test(`in read mode of other settings nothing is let through beside an own prefix: ${text}`, async () => {
    const client = await stage.connect();
    await assert.rejects(client.query(text), (error: pg.DatabaseError) =>
      ['42501', '25006', '42704', '42601'].includes(error.code ?? ''),
    );
    assert.equal((await client.query("SELECT current_setting('app.tenant', true) AS t")).rows[0]?.t ?? '', '');
  });
}

for (const [name, one, two, wrong] of SETTINGS) {
  test(`promise 11: ${name} is set, shown, reset and rolled back as by PostgreSQL`, async () => {
    const show = `SHOW ${name}`;
    await same(stage, [
      ...texts(
        show,
        `SET ${name} = ${one}`,
        show,
        `SET SESSION ${name} TO ${two}`,
        show,
        `SET ${name} = ${wrong}`,
        show,
      ),
      ...texts(`SET ${name} TO DEFAULT`, show, `SET ${name} = ${one}`, `RESET ${name}`, show),
      ...texts(`SET LOCAL ${name} = ${one}`, show, 'BEGIN', `SET LOCAL ${name} = ${one}`, show, 'COMMIT', show),
      ...texts('BEGIN', `SET ${name} = ${one}`, 'SAVEPOINT a', `SET ${name} = ${two}`, show, 'ROLLBACK TO a', show),
      ...texts('ROLLBACK', show, 'BEGIN', `SET ${name} = ${one}`, 'COMMIT', show, 'BEGIN', `SET ${name} = ${two}`),
      ...texts('SELECT 1/0', 'COMMIT', show, 'RESET ALL', show, `SET ${name} = ${one}`, 'DISCARD ALL', show),
    ]);
  });
}

const SCRIPTS: Record<string, Script> = {
  'every way to say a time zone': texts(
    'SET TIME ZONE LOCAL',
    'SHOW TimeZone',
    "SET TIME ZONE 'Europe/Berlin'",
    "SELECT '2026-07-01 12:00Z'::timestamptz",
    "SET TIME ZONE INTERVAL '-05:30' HOUR TO MINUTE",
    'SHOW TimeZone',
    'SET TIME ZONE -7',
    'SHOW TIME ZONE',
    'SET TIME ZONE DEFAULT',
    'SHOW TIME ZONE',
  ),
  'settings by function': texts(
    "SELECT set_config('search_path', 'other', false)",
    'SELECT id FROM items',
    "SELECT current_setting('search_path'), current_setting('nosuch.name', true)",
    "BEGIN; SELECT set_config('search_path', 'public', true)",
    'SELECT count(*) FROM items',
    'COMMIT',
    'SELECT id FROM items',
    "SELECT set_config('TimeZone', NULL, false)",
    "SELECT current_setting('nosuch')",
  ),
  'what is no statement, and what is not there': texts(
    'SET search_path FROM CURRENT',
    'SHOW nosuch',
    'SHOW "TimeZone"',
    'SHOW SESSION AUTHORIZATION',
    'SHOW TRANSACTION ISOLATION LEVEL',
  ),
  'UTF8 again': texts(
    "SET client_encoding TO 'UTF8'",
    "SET NAMES 'UTF8'",
    'SHOW client_encoding',
    'RESET client_encoding',
  ),
  DISCARD: [
    [query('PREPARE one AS SELECT 1')],
    [[parse('two', 'SELECT 2'), SYNC]],
    ...texts('DISCARD PLANS', 'EXECUTE one', 'DISCARD TEMP', 'DISCARD TEMPORARY', 'DISCARD SEQUENCES', 'EXECUTE one'),
    [[bindText('', 'two'), execute(''), SYNC]],
    [query('DISCARD ALL')],
    [[bindText('', 'two'), execute(''), SYNC]],
    ...texts('EXECUTE one', 'SELECT count(*) FROM pg_prepared_statements', 'BEGIN', 'DISCARD ALL', 'ROLLBACK'),
  ],
  'DISCARD ALL by extended protocol, over a statement of the same name': [
    [[parse('s', 'SELECT 1'), run('DISCARD ALL'), SYNC]],
    [[bindText('', 's'), execute(''), SYNC]],
    [[parse('s', 'SELECT 2'), bindText('', 's'), execute(''), SYNC]],
  ],
  'BEGIN in every form': [
    'BEGIN WORK',
    'START TRANSACTION',
    'BEGIN TRANSACTION READ ONLY',
    'START TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ ONLY, DEFERRABLE',
    'BEGIN ISOLATION LEVEL REPEATABLE READ NOT DEFERRABLE',
    'BEGIN ISOLATION LEVEL READ UNCOMMITTED',
  ].flatMap((begin) =>
    texts(begin, 'SHOW transaction_isolation', 'SHOW transaction_read_only', 'SHOW transaction_deferrable', 'END'),
  ),
  'transactions that are not there, or already': texts(
    'COMMIT',
    'ROLLBACK',
    'BEGIN',
    'BEGIN',
    'ABORT WORK',
    'SAVEPOINT a',
    'ROLLBACK TO a',
    'RELEASE a',
    'COMMIT AND CHAIN',
    'SET TRANSACTION ISOLATION LEVEL SERIALIZABLE',
  ),
  'savepoints, named twice and not at all': texts(
    'BEGIN',
    'SAVEPOINT a',
    'SAVEPOINT a',
    'SELECT 1/0',
    'ROLLBACK TO SAVEPOINT a',
    'RELEASE SAVEPOINT a',
    'ROLLBACK TO a',
    'RELEASE a',
    'RELEASE a',
    'SELECT 1',
    'ROLLBACK TO nosuch',
    'COMMIT',
  ),
  chains: texts(
    'BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY',
    'SELECT 1',
    'COMMIT AND CHAIN',
    'SHOW transaction_isolation',
    'SELECT 1/0',
    'COMMIT AND CHAIN',
    'SHOW transaction_isolation',
    'SHOW transaction_read_only',
    'ROLLBACK AND NO CHAIN',
    'SHOW transaction_isolation',
  ),
  'the characteristics of a transaction and of a session': texts(
    'SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE',
    'SHOW default_transaction_isolation',
    'BEGIN',
    'SHOW transaction_isolation',
    'SELECT count(*) FROM items',
    'SET TRANSACTION ISOLATION LEVEL READ COMMITTED',
    'ROLLBACK',
    'BEGIN',
    'SET TRANSACTION READ ONLY, DEFERRABLE',
    "SET TRANSACTION SNAPSHOT 'nonsense'",
    'ROLLBACK',
  ),
  'several statements in one text are one transaction': texts(
    'SELECT 1; SELECT 1/0; SELECT 2',
    'BEGIN; SELECT 1; COMMIT; SELECT 2',
    'SET search_path = other; SELECT id FROM items; SELECT 1/0',
    'SHOW search_path',
    'SELECT 1; BEGIN; SELECT 2',
    'SELECT 3; ROLLBACK; SELECT 4',
  ),
  'a cursor in every direction': texts(
    'BEGIN',
    'DECLARE c INSENSITIVE SCROLL CURSOR WITHOUT HOLD FOR SELECT id FROM items ORDER BY id',
    ...[
      'NEXT',
      '3',
      'PRIOR',
      'FIRST',
      'LAST',
      'ABSOLUTE 5',
      'ABSOLUTE -2',
      'RELATIVE -3',
      'RELATIVE 0',
      '0',
      'FORWARD 2',
    ].map((where) => `FETCH ${where} FROM c`),
    'FETCH BACKWARD 2 IN c',
    'FETCH BACKWARD ALL c',
    'MOVE 4 c',
    'FETCH c',
    'MOVE BACKWARD 2 IN c',
    'FETCH ALL FROM c',
    'MOVE ABSOLUTE 0 IN c',
    'FETCH 1 c',
    'SELECT name, statement, is_holdable, is_binary, is_scrollable FROM pg_cursors',
    'CLOSE c',
    'CLOSE c',
    'COMMIT',
  ),
  'cursors that may not, are twice, or outlive their savepoint': texts(
    'DECLARE c CURSOR FOR SELECT 1',
    'BEGIN',
    'DECLARE c NO SCROLL CURSOR FOR SELECT id FROM items ORDER BY id',
    'FETCH 2 c',
    'SAVEPOINT a',
    'FETCH BACKWARD 1 c',
    'ROLLBACK TO a',
    'DECLARE c CURSOR FOR SELECT 2',
    'ROLLBACK TO a',
    'DECLARE d CURSOR FOR SELECT 3',
    'ROLLBACK TO a',
    'FETCH d',
    'ROLLBACK TO a',
    'DECLARE b BINARY CURSOR FOR SELECT 1::int2',
    'FETCH c',
    'CLOSE ALL',
    'FETCH c',
    'ROLLBACK',
  ),
  'PREPARE, EXECUTE and DEALLOCATE': texts(
    'PREPARE p (int, text) AS SELECT id FROM items WHERE id = $1 AND name = $2',
    "EXECUTE p (3, 'item 3')",
    'EXECUTE p (3)',
    "EXECUTE p ('x', 'y')",
    'PREPARE p AS SELECT 1',
    'PREPARE q AS SELECT $1 + 1',
    'EXPLAIN (COSTS OFF) EXECUTE q (2)',
    'SELECT name, parameter_types, from_sql FROM pg_prepared_statements ORDER BY name',
    'DEALLOCATE PREPARE p',
    'DEALLOCATE p',
    'EXECUTE p (1, $$x$$)',
    'BEGIN',
    'PREPARE r AS SELECT 5',
    'ROLLBACK',
    'EXECUTE r',
    'DEALLOCATE ALL',
    'EXECUTE r',
  ),
  'statements of the protocol and of SQL are the same ones': [
    [[parse('a', 'SELECT $1::int'), describe('S', 'a'), SYNC]],
    [query('EXECUTE a (1)')],
    [query('DEALLOCATE a')],
    [[bindText('', 'a', ['1']), execute(''), SYNC]],
    [query('PREPARE b AS SELECT 7')],
    [[bindText('', 'b'), execute(''), close('S', 'b'), SYNC]],
    [query('EXECUTE b')],
    [[parse('c', 'SELECT 1'), SYNC]],
    [query('DEALLOCATE PREPARE ALL')],
    [[describe('S', 'c'), SYNC]],
  ],
  'a prepared statement follows the search_path of the moment': texts(
    'PREPARE p AS SELECT count(*) FROM items',
    'EXECUTE p',
    'SET search_path = other',
    'EXECUTE p',
    'RESET search_path',
    'EXECUTE p',
  ),
};

for (const [name, script] of Object.entries(SCRIPTS)) {
  test(`promise 11: in read the answers are PostgreSQL's own: ${name}`, async () => {
    await same(stage, script);
  });
}

/** What pools and drivers send when a connection goes back, or comes out again. */
const POOLS: Record<string, Script> = {
  'asyncpg, in one text': texts('SELECT pg_advisory_unlock_all();\nCLOSE ALL;\nUNLISTEN *;\nRESET ALL;'),
  'asyncpg, in a transaction that failed': texts(
    'BEGIN',
    'SELECT 1/0',
    'ROLLBACK;',
    'SELECT pg_advisory_unlock_all();\nCLOSE ALL;\nUNLISTEN *;\nRESET ALL;',
  ),
  'PgBouncer, Npgsql, node-postgres and others: DISCARD ALL': texts(
    "SET TimeZone = 'UTC'",
    'DISCARD ALL',
    'SHOW TimeZone',
  ),
  'what DISCARD ALL is made of, piece by piece': texts(
    'CLOSE ALL',
    'DEALLOCATE ALL',
    'UNLISTEN *',
    'SELECT pg_advisory_unlock_all()',
    'DISCARD PLANS',
    'DISCARD TEMP',
    'DISCARD SEQUENCES',
    'RESET ALL',
  ),
  'SQLAlchemy, psycopg: ROLLBACK, in a transaction and outside': texts('BEGIN', 'SELECT 1', 'ROLLBACK', 'ROLLBACK'),
  'a query that says whether the connection lives': [
    [query('')],
    [query('SELECT 1')],
    [[parse('', ''), bindText('', ''), execute(''), SYNC]],
    [[run('SELECT 1'), SYNC]],
    [query('/* ping */')],
    [query(';')],
  ],
  'pgjdbc at its start': [
    [[run('SET extra_float_digits = 3'), SYNC]],
    [[run("SET application_name = 'PostgreSQL JDBC Driver'"), SYNC]],
    [[run('SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY'), SYNC]],
  ],
  'ActiveRecord at its start': texts(
    'SET standard_conforming_strings = on',
    'SET intervalstyle = iso_8601',
    "SET client_min_messages TO 'warning'",
    "SET SESSION timezone TO 'UTC'",
    'SHOW max_identifier_length',
    'SHOW search_path',
    'SELECT current_schemas(false)',
  ),
};

for (const [name, script] of Object.entries(POOLS)) {
  test(`promise 11: in read the answers are PostgreSQL's own: ${name}`, async () => {
    await same(stage, script);
  });
}

test('promise 11: settings of the startup packet count, and are what RESET, RESET ALL and DISCARD ALL return to', async () => {
  const startup: Startup = {
    DateStyle: 'German',
    options: '-c search_path=other -c extra_float_digits=0 --intervalstyle=iso_8601 -cTimeZone=Europe/Berlin',
  };
  const shows = ['search_path', 'DateStyle', 'TimeZone', 'extra_float_digits', 'IntervalStyle'].map(
    (each) => `SHOW ${each}`,
  );
  const change =
    'SET search_path = public; SET DateStyle = ISO; SET TimeZone = UTC; SET extra_float_digits = 3; SET IntervalStyle = postgres';
  await same(
    stage,
    texts(
      ...shows,
      change,
      ...shows,
      'RESET search_path; RESET DateStyle; RESET TimeZone',
      ...shows,
      'RESET ALL',
      ...shows,
    ),
    'reader',
    startup,
  );
  await same(stage, texts(change, 'DISCARD ALL', ...shows, 'SELECT id FROM items'), 'reader', startup);
});

test('promise 11: the parameters that a connection is told at its start are the server’s', async () => {
  const told = async (raw: Raw) => {
    const words = raw.asides.filter((each) => !/^S\((sudoql\.|application_name=|session_authorization=)/.test(each));
    raw.destroy();
    return words.sort();
  };
  const startup = { DateStyle: 'SQL, DMY', options: '-c TimeZone=UTC' };
  const direct = await told(await Raw.open(stage.past('reader'), startup));
  assert.ok(direct.includes('S(DateStyle=SQL, DMY)') && direct.includes('S(default_transaction_read_only=on)'));
  assert.deepEqual(await told(await Raw.open(stage.through(), startup)), direct);
});

test('promise 11: a parameter of the startup packet wins over its options, whichever stands first', async () => {
  const both = (options: string, own: Startup): Startup[] => [
    { options, ...own },
    { ...own, options },
  ];
  for (const startup of [
    ...both('-c search_path=public', { search_path: 'pg_catalog' }),
    ...both('-c TimeZone=UTC -c TimeZone=Europe/Paris', { timezone: 'Asia/Tokyo' }),
    ...both('--DateStyle=SQL,DMY', { DATESTYLE: 'German' }),
  ])
    await same(stage, texts('SHOW search_path', 'SHOW TimeZone', 'SHOW DateStyle'), 'reader', startup);
  for (const startup of both('-c application_name=first', { application_name: 'second' })) {
    const client = await Raw.open(stage.through(), startup);
    assert.match(String(await client.ask(query('SHOW application_name'))), /D\(sudoql:ana:\w+ second\)/);
    client.destroy();
  }
});

test('promise 11: RESET returns to what the gateway set: limits, name and encoding', async () => {
  const client = await stage.connect({ application_name: 'report' });
  const show = async (name: string) => Object.values((await client.query(`SHOW ${name}`)).rows[0])[0];
  for (const [name, other] of [
    ['statement_timeout', '1s'],
    ['idle_in_transaction_session_timeout', '1s'],
    ['application_name', 'other'],
    ['client_encoding', 'UTF8'],
    ['default_transaction_read_only', 'on'],
    ['standard_conforming_strings', 'on'],
  ]) {
    const first = await show(name ?? '');
    for (const reset of [`SET ${name} TO DEFAULT`, `RESET ${name}`, 'RESET ALL', 'DISCARD ALL']) {
      if (name === 'default_transaction_read_only' && reset.endsWith(name ?? '')) continue;
      if (name === 'default_transaction_read_only' && reset.startsWith('SET')) continue;
      await client.query(`SET ${name} = '${other}'`);
      await client.query(reset);
      assert.equal(await show(name ?? ''), first, `${name} after ${reset}`);
    }
  }
  assert.match(String(await show('application_name')), /^sudoql:ana:\S+ report$/);
  await client.query("SET application_name = 'other'");
  assert.match(String(await show('application_name')), /^sudoql:ana:\S+ other$/);
});

for (const [how, readOnly] of Object.entries({
  SET: query('SET default_transaction_read_only = on'),
  'pgjdbc, readOnlyMode=always': Buffer.concat([run('SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY'), SYNC]),
})) {
  test(`promise 11: read-only set in read does not cross into write, where it is the client's own affair: ${how}`, async () => {
    const raw = await Raw.open(stage.through());
    const state = async () => (await raw.ask(query('SHOW default_transaction_read_only')))[1];
    assert.equal((await raw.ask(readOnly)).at(-1), 'Z(I)');
    await raw.ask(query("SELECT sudo('why')"));
    assert.equal(await state(), 'D(off)');
    assert.ok((await raw.ask(query("UPDATE items SET name = 'item 1' WHERE id = 1"))).includes('C(UPDATE 1)'));
    for (const [text, value] of [
      ['SET default_transaction_read_only = on', 'on'],
      ['RESET default_transaction_read_only', 'off'],
      ['SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY', 'on'],
      ['SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE', 'off'],
      ['SET default_transaction_read_only TO DEFAULT', 'off'],
      ['SET default_transaction_read_only = on', 'on'],
    ] as const) {
      assert.match((await raw.ask(query(text)))[0] ?? '', /^C\(/, text);
      assert.equal(await state(), `D(${value})`, text);
    }
    await raw.ask(query('SELECT unsudo()'));
    assert.equal(await state(), 'D(on)');
    await raw.ask(query("SELECT sudo('again')"));
    assert.equal(await state(), 'D(off)');
    raw.destroy();
  });
}
