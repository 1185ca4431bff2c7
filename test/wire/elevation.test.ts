import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { bindText, describe, execute, parse, query, Raw, run, sqlstate, SYNC } from './raw-client.ts';
import { makeStage, openPolicy, type Stage } from './stage.ts';

let stage: Stage;

before(async () => {
  stage = await makeStage({
    policy: openPolicy(),
    schema: `CREATE TABLE items (id int PRIMARY KEY, name text);
      INSERT INTO items SELECT n, 'item ' || n FROM generate_series(1, 10) n`,
  });
});
after(() => stage.remove());

const mode = async (raw: Raw) => (await raw.ask(query('SHOW sudoql.mode')))[1];

test('promise 1: a session starts in read, whatever the client sends', async () => {
  for (const options of ['-c default_transaction_read_only=off', '-c role=writer', '-c sudoql.mode=write']) {
    const client = await stage.connect({ options }).catch((error: { code: string }) => error.code);
    if (typeof client === 'string') assert.equal(client, '28000');
    else await assert.rejects(client.query('DELETE FROM items'), { code: '25006' });
  }
});

test('sudo and its kin answer as a SELECT of one text column, in both protocols', async () => {
  const raw = await Raw.open(stage.through());
  assert.deepEqual(await mode(raw), 'D(read)');
  const words = await raw.ask(query("SELECT sudo('fix order 4211', '10 min')"));
  assert.deepEqual(
    words.map((each) => each.replace(/until .*\)/, 'until …)')),
    ['T(sudo:25:0)', 'D(write mode until …)', 'C(SELECT 1)', 'Z(I)'],
  );
  assert.ok(raw.asides.includes('S(sudoql.mode=write)'));
  assert.deepEqual(await raw.ask([run('SELECT unsudo()'), SYNC]), ['1', '2', 'D(read mode)', 'C(SELECT 1)', 'Z(I)']);
  assert.deepEqual(await raw.ask([parse('s', 'SELECT sudo($1, $2)'), describe('S', 's'), SYNC]), [
    '1',
    't(25,25)',
    'T(sudo:25:0)',
    'Z(I)',
  ]);
  const bound = await raw.ask([bindText('p', 's', ['fix it', '5 min']), describe('P', 'p'), execute('p'), SYNC]);
  assert.deepEqual(
    bound.map((each) => each.replace(/until .*\)/, 'until …)')),
    ['2', 'T(sudo:25:0)', 'D(write mode until …)', 'C(SELECT 1)', 'Z(I)'],
  );
  assert.deepEqual(await mode(raw), 'D(write)');
  raw.destroy();
});

test('promise 2: the elevation is in the record before the session is in write', async () => {
  const raw = await Raw.open(stage.through());
  await raw.ask(query("SELECT sudo('recorded first')"));
  const started = (await stage.entries('elevation_started')).filter(({ reason }) => reason === 'recorded first');
  assert.equal(started.length, 1);
  raw.destroy();
});

test('promise 2: when the elevation cannot be recorded the session stays in read and no writer is left', async () => {
  const raw = await Raw.open(stage.through());
  await stage.cluster.sql('ALTER TABLE notice ADD CONSTRAINT broken CHECK (false) NOT VALID', 'ledger');
  try {
    assert.equal(sqlstate(await raw.ask(query("SELECT sudo('in vain')"))), '58000');
  } finally {
    await stage.cluster.sql('ALTER TABLE notice DROP CONSTRAINT broken', 'ledger');
  }
  assert.deepEqual(await mode(raw), 'D(read)');
  assert.equal(sqlstate(await raw.ask(query('DELETE FROM items'))), '25006');
  await stage.gone('in vain');
  raw.destroy();
});

test('sudo with an empty reason or a bad duration is 22023, and the session stays in read', async () => {
  const raw = await Raw.open(stage.through());
  for (const text of ["SELECT sudo('')", 'SELECT sudo()', "SELECT sudo('x', '-1')", "SELECT sudo('x', '1000 days')"]) {
    assert.equal(sqlstate(await raw.ask(query(text))), '22023', text);
  }
  assert.deepEqual(await mode(raw), 'D(read)');
  raw.destroy();
});

test('who may not elevate is told so', async () => {
  for (const user of ['ben', 'deploy', 'helper']) {
    const raw = await Raw.open(stage.through({ user }));
    assert.equal(sqlstate(await raw.ask(query("SELECT sudo('please')"))), '42501', user);
    raw.destroy();
  }
});

test('sudo hidden in a larger text is refused', async () => {
  const raw = await Raw.open(stage.through());
  for (const text of [
    "SELECT sudo('x'), 1",
    "SELECT 1; SELECT sudo('x')",
    "SELECT * FROM sudo('x'), items",
    "SELECT * FROM (SELECT sudo('x'), 1) AS q LIMIT 10",
    "WITH a AS (SELECT sudo('x')) SELECT * FROM a",
    "EXPLAIN SELECT sudo('x')",
  ]) {
    assert.equal(sqlstate(await raw.ask(query(text))), '25001', text);
  }
  assert.deepEqual(await mode(raw), 'D(read)');
  raw.destroy();
});

test('sudo after a bare BEGIN elevates and stays in the transaction', async () => {
  const raw = await Raw.open(stage.through());
  await raw.ask(query('BEGIN ISOLATION LEVEL REPEATABLE READ'));
  assert.equal((await raw.ask(query("SELECT sudo('bare')"))).at(-1), 'Z(T)');
  assert.deepEqual((await raw.ask(query('SHOW transaction_isolation')))[1], 'D(repeatable read)');
  await raw.ask(query("INSERT INTO items VALUES (50, 'x')"));
  assert.deepEqual(await raw.ask(query('COMMIT')), ['C(COMMIT)', 'Z(I)']);
  assert.deepEqual(await stage.rows('SELECT name FROM items WHERE id = 50'), [{ name: 'x' }]);
  await raw.ask(query('DELETE FROM items WHERE id = 50'));
  raw.destroy();
});

test('sudo after a bare BEGIN of the same batch elevates as well', async () => {
  const raw = await Raw.open(stage.through());
  const words = await raw.ask([run('BEGIN'), run("SELECT sudo('bare')"), SYNC]);
  assert.equal(words.at(-1), 'Z(T)');
  assert.equal(sqlstate(words), undefined);
  await raw.ask([run("INSERT INTO items VALUES (51, 'x')"), SYNC]);
  assert.deepEqual(await raw.ask(query('ROLLBACK')), ['C(ROLLBACK)', 'Z(I)']);
  raw.destroy();
});

test('sudo in a transaction that did something is 25001, and fails it as any error does', async () => {
  for (const late of [query("SELECT sudo('late')"), Buffer.concat([run("SELECT sudo('late')"), SYNC])]) {
    const raw = await Raw.open(stage.through());
    await raw.ask(query('BEGIN'));
    await raw.ask(query('SELECT 1'));
    const words = await raw.ask(late);
    assert.equal(sqlstate(words), '25001');
    assert.equal(words.at(-1), 'Z(E)');
    assert.equal(sqlstate(await raw.ask(query('SELECT 1'))), '25P02');
    raw.destroy();
  }
});

test('sudo behind something in its batch is 25001; what follows it before the Sync is as well', async () => {
  const raw = await Raw.open(stage.through());
  assert.equal(sqlstate(await raw.ask([run('SELECT 1'), run("SELECT sudo('x')"), SYNC])), '25001');
  assert.deepEqual(await mode(raw), 'D(read)');
  const words = await raw.ask([run("SELECT sudo('x')"), run("INSERT INTO items VALUES (52, 'x')"), SYNC]);
  assert.equal(sqlstate(words), '25001');
  assert.deepEqual(await stage.rows('SELECT * FROM items WHERE id = 52'), []);
  raw.destroy();
});

test('sudo in write extends, also in a transaction, on the same backend', async () => {
  const raw = await Raw.open(stage.through());
  await raw.ask(query("SELECT sudo('first', '5 min')"));
  const pid = (await raw.ask(query('SELECT pg_backend_pid()')))[1];
  await raw.ask(query('BEGIN'));
  await raw.ask(query("INSERT INTO items VALUES (53, 'x')"));
  const words = await raw.ask(query("SELECT sudo('more', '30 min')"));
  assert.equal(words.at(-1), 'Z(T)');
  assert.equal(sqlstate(words), undefined);
  assert.equal((await raw.ask(query('SELECT pg_backend_pid()')))[1], pid);
  await raw.ask(query('ROLLBACK'));
  assert.equal((await stage.entries('elevation_extended')).filter(({ reason }) => reason === 'more').length, 1);
  raw.destroy();
});

test('promise 2: elevation at connect is done before the first ReadyForQuery; a refusal there is FATAL', async () => {
  const client = await stage.connect({
    user: 'deploy',
    options: '-c sudoql.reason=release\\ 42 -c sudoql.duration=5min',
  });
  assert.equal((await client.query('UPDATE items SET name = name WHERE id = 1')).rowCount, 1);
  await assert.rejects(stage.connect({ user: 'ben', options: '-c sudoql.reason=please' }), {
    code: '42501',
    severity: 'FATAL',
  });
  const started = (await stage.entries('elevation_started', 'deploy')).at(-1);
  assert.deepEqual([started?.reason, started?.by, started?.seconds], ['release 42', 'connect', 300]);
});

test('settings cross the switch and come back; what was prepared goes on working', async () => {
  const raw = await Raw.open(stage.through());
  await raw.ask(query("SET TIME ZONE 'Asia/Tokyo'; SET extra_float_digits = 0; SET search_path = pg_catalog, public"));
  await raw.ask(query('PREPARE one AS SELECT 1'));
  await raw.ask([parse('named', 'SELECT 2'), SYNC]);
  await raw.ask(query("SELECT sudo('settings')"));
  assert.deepEqual((await raw.ask(query('SHOW TimeZone')))[1], 'D(Asia/Tokyo)');
  assert.deepEqual((await raw.ask(query('SHOW search_path')))[1], 'D(pg_catalog, public)');
  assert.deepEqual((await raw.ask(query('EXECUTE one')))[1], 'D(1)');
  assert.deepEqual((await raw.ask([bindText('', 'named'), execute(''), SYNC]))[1], 'D(2)');
  await raw.ask(query("SET TIME ZONE 'UTC'; RESET extra_float_digits"));
  await raw.ask(query('SELECT unsudo()'));
  assert.deepEqual((await raw.ask(query('SHOW TimeZone')))[1], 'D(UTC)');
  assert.deepEqual((await raw.ask(query('SHOW extra_float_digits')))[1], 'D(1)');
  assert.deepEqual((await raw.ask(query('EXECUTE one')))[1], 'D(1)');
  raw.destroy();
});

test('promise 11: a re-parse after the switch does not hide a schema change', async () => {
  await stage.cluster.sql(
    'CREATE TABLE moving (a int, b int); GRANT ALL ON moving TO reader, writer; INSERT INTO moving VALUES (1, 2)',
    'shop',
  );
  const raw = await Raw.open(stage.through());
  await raw.ask([parse('s', 'SELECT * FROM moving'), describe('S', 's'), SYNC]);
  await stage.cluster.sql("ALTER TABLE moving ALTER a TYPE text USING 'one', DROP b", 'shop');
  await raw.ask(query("SELECT sudo('schema')"));
  const words = await raw.ask([bindText('', 's'), execute(''), SYNC]);
  assert.equal(sqlstate(words), '0A000');
  raw.destroy();
});

test('pg_stat_activity names the person and the session, in both modes, whatever the client calls itself', async () => {
  const client = await stage.connect({ application_name: 'tool' });
  const names = async () =>
    (await stage.rows("SELECT application_name FROM pg_stat_activity WHERE application_name LIKE 'sudoql:ana:%'")).map(
      ({ application_name }) => String(application_name).replace(/:[a-z0-9]{10}/, ':…'),
    );
  assert.ok((await names()).includes('sudoql:ana:… tool'));
  await client.query("SET application_name = 'renamed'");
  await client.query('SELECT 1');
  assert.ok((await names()).includes('sudoql:ana:… renamed'));
  await client.query("SELECT sudo('name')");
  assert.equal((await names()).filter((name) => name === 'sudoql:ana:… renamed').length, 2);
});

test('sudo_status tells mode, elevation, revision and why the last statement was refused', async () => {
  const client = await stage.connect();
  await client.query('DELETE FROM items').catch(() => {});
  const { rows } = await client.query('SELECT sudo_status()');
  const status = JSON.parse(rows[0].sudo_status);
  assert.deepEqual([status.mode, status.elevation, status.revision], ['read', null, 'test']);
  assert.equal(status.last_refusal.code, 'write_needs_elevation');
  await client.query("SELECT sudo('status', '10 min')");
  const later = JSON.parse((await client.query('SELECT sudo_status()')).rows[0].sudo_status);
  assert.deepEqual([later.mode, later.elevation.reason], ['write', 'status']);
});
