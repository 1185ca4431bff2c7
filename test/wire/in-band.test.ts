// The in-band call as tools write it, its arguments as drivers send them, and write mode for one transaction.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { int16, int32, message } from '../../services/gateway/wire/frames.ts';
import { until } from '../helpers/until.ts';
import { bindText, describe, execute, parse, query, Raw, run, sqlstate, SYNC } from './raw-client.ts';
import { makeStage, openPolicy, type Stage } from './stage.ts';

let stage: Stage;

before(async () => {
  stage = await makeStage({
    policy: openPolicy(),
    schema: 'CREATE TABLE items (id int PRIMARY KEY); CREATE TABLE other (id int)',
  });
});
after(() => stage.remove());

const mode = async (raw: Raw) => (await raw.ask(query('SHOW sudoql.mode')))[1];
const inRead = (raw: Raw) => until('it is back in read mode', async () => (await mode(raw)) === 'D(read)');
const seconds = async (raw: Raw) => {
  const [, row = ''] = await raw.ask(query('SELECT sudo_status()'));
  return (JSON.parse(row.slice(2, -1)) as { elevation: { seconds_left: number } | null }).elevation?.seconds_left;
};
/** Binary values of these types. */
const bindBinary = (statement: string, values: Buffer[]) =>
  message(
    'B',
    '',
    statement,
    int16(1),
    int16(1),
    int16(values.length),
    ...values.flatMap((value) => [int32(value.length), value]),
    int16(0),
  );

test('the call is known as tools write it, and its column has the name that they asked for', async () => {
  const raw = await Raw.open(stage.through());
  for (const [text, column] of [
    ["SELECT sudo('a tool') AS sudo_1", 'sudo_1'],
    ["-- a tool\nSELECT sudo('a tool') LIMIT 501", 'sudo'],
    ["SELECT * FROM sudo('a tool')", 'sudo'],
    ["SELECT * FROM (SELECT sudo(reason => 'a tool') AS a) AS q LIMIT 2000", 'a'],
  ]) {
    assert.deepEqual((await raw.ask(query(text ?? '')))[0], `T(${column}:25:0)`, text);
    assert.equal(await mode(raw), 'D(write)', text);
    const [, , described] = await raw.ask([parse('', text ?? ''), describe('S', ''), SYNC]);
    assert.equal(described, `T(${column}:25:0)`, text);
    assert.deepEqual((await raw.ask(query('SELECT * FROM unsudo() AS u')))[0], 'T(u:25:0)');
    assert.equal(await mode(raw), 'D(read)');
  }
  raw.destroy();
});

test('what puts the call into a cursor is told by name how to keep it out', async () => {
  const client = await stage.connect();
  await client.query('BEGIN');
  await assert.rejects(
    client.query("DECLARE c CURSOR FOR SELECT sudo('x')"),
    (error: { hint: string; code: string }) => {
      assert.equal(error.code, '25001');
      assert.match(error.hint, /FETCH_COUNT.*UseDeclareFetch=0/);
      return true;
    },
  );
});

test('a time is understood as an interval, in both formats, and as a number', async () => {
  const raw = await Raw.open(stage.through());
  const interval = Buffer.alloc(16);
  interval.writeBigInt64BE(300_000_000n);
  const number = Buffer.alloc(4);
  number.writeInt32BE(300);
  const near = async (what: string) => {
    const left = (await seconds(raw)) ?? 0;
    assert.ok(left > 200 && left <= 300, `${what}: ${left}`);
    await raw.ask(query('SELECT unsudo()'));
  };
  for (const text of ["'00:05:00'", "'PT5M'", "'5 min'::interval", "INTERVAL '5' MINUTE", '300']) {
    await raw.ask(query(`SELECT sudo('a time', ${text})`));
    await near(text);
  }
  assert.deepEqual(await raw.ask([parse('i', 'SELECT sudo($1, $2::interval)'), describe('S', 'i'), SYNC]), [
    '1',
    't(25,1186)',
    'T(sudo:25:0)',
    'Z(I)',
  ]);
  await raw.ask([bindBinary('i', [Buffer.from('binary'), interval]), execute(''), SYNC]);
  await near('a binary interval');
  await raw.ask([bindText('', 'i', ['text', '00:05:00']), execute(''), SYNC]);
  await near('an interval as text');
  await raw.ask([parse('n', 'SELECT sudo($1, $2)', types(25, 23)), SYNC]);
  await raw.ask([bindBinary('n', [Buffer.from('number'), number]), execute(''), SYNC]);
  await near('a binary number');
  interval.writeInt32BE(1, 12);
  const months = await raw.ask([bindBinary('i', [Buffer.from('months'), interval]), execute(''), SYNC]);
  assert.equal(sqlstate(months), '22023');
  raw.destroy();
});

const types = (...oids: number[]) => Buffer.concat([int16(oids.length), ...oids.map((oid) => int32(oid))]);

test('arguments that it does not know, or was given twice, are refused in words', async () => {
  const raw = await Raw.open(stage.through());
  for (const [text, words] of [
    ["SELECT sudo('x', '5 min', 'soon')", 'sudo does not know "soon"'],
    ["SELECT sudo('x', '5 min', duration => '6 min')", 'sudo was given its time twice'],
    ["SELECT sudo('x', 'transaction', 'transaction')", 'sudo was given its scope twice'],
    ["SELECT sudo('x', scope => 'session')", 'sudo does not know "session"'],
  ])
    assert.match((await raw.ask(query(text ?? '')))[0] ?? '', new RegExp(`^E\\(22023 ${words}`), text);
  assert.equal(await mode(raw), 'D(read)');
  raw.destroy();
});

test('write mode for one transaction ends with it, however it is begun and ended', async () => {
  const raw = await Raw.open(stage.through());
  const once = "SELECT sudo('one transaction', 'transaction')";
  const plays: [string, (Buffer | Buffer[])[]][] = [
    ['a statement by itself', [query(once), query('INSERT INTO items VALUES (1)')]],
    ['a block', [query(once), query('BEGIN'), query('INSERT INTO items VALUES (2)'), query('COMMIT')]],
    ['inside a bare BEGIN', [query('BEGIN'), query(once), query('INSERT INTO items VALUES (3)'), query('COMMIT')]],
    ['one that is rolled back', [query(once), query('BEGIN'), query('DELETE FROM items'), query('ROLLBACK')]],
    ['one that fails', [query(once), query('INSERT INTO items VALUES (1)')]],
    ['a batch', [query(once), [run('INSERT INTO items VALUES (4)'), run('INSERT INTO items VALUES (5)'), SYNC]]],
    ['by a bound scope', [[run('SELECT sudo($1, $2)', ['bound', 'transaction']), SYNC], query('DELETE FROM other')]],
  ];
  for (const [what, messages] of plays) {
    for (const [n, each] of messages.entries()) {
      if (n > 0 && !what.includes('BEGIN')) assert.equal((await seconds(raw)) !== undefined, true, what);
      await raw.ask(each);
    }
    await inRead(raw);
    assert.ok(
      raw.asides.some((aside) => aside.includes('write mode ended with its transaction')),
      what,
    );
    raw.asides.splice(0);
  }
  assert.deepEqual(
    (await stage.rows('SELECT id FROM items ORDER BY id')).map(({ id }) => id),
    [1, 2, 3, 4, 5],
  );
  assert.equal((await stage.ended('bound')).why, 'transaction');
  raw.destroy();
});

test('what stands behind the one transaction in the same packet does not write', async () => {
  const raw = await Raw.open(stage.through());
  await raw.ask(query("SELECT sudo('once, and more', 'transaction')"));
  const words = await raw.ask([query('INSERT INTO items VALUES (10)'), query('INSERT INTO items VALUES (11)')], 2);
  assert.equal(words[0], 'C(INSERT 0 1)');
  assert.equal(sqlstate(words), '25006');
  assert.deepEqual(await stage.rows('SELECT id FROM items WHERE id >= 10'), [{ id: 10 }]);
  raw.destroy();
});

test('one transaction that is asked for again as a time is not ended by the next', async () => {
  const raw = await Raw.open(stage.through());
  for (const text of [
    "SELECT sudo('x', 'transaction')",
    'BEGIN',
    'DELETE FROM other',
    "SELECT sudo('x', '5 min')",
    'COMMIT',
  ])
    await raw.ask(query(text));
  assert.equal(sqlstate(await raw.ask(query('DELETE FROM other'))), undefined);
  assert.equal(await mode(raw), 'D(write)');
  raw.destroy();
});

test('temporary tables that go with write mode are named when it ends', async () => {
  const client = await stage.connect();
  const notices: { message?: string | undefined; hint?: string | undefined }[] = [];
  client.on('notice', (notice) => notices.push(notice));
  await stage.rows('GRANT TEMPORARY ON DATABASE shop TO writer');
  await client.query("SELECT sudo('temporary')");
  await client.query('CREATE TEMP TABLE mine (id int); CREATE TEMP TABLE "Mine too" AS SELECT 1 AS x');
  await client.query('SELECT unsudo()');
  await until('its end is said', async () => notices.some(({ message }) => message === 'write mode ended'));
  const said = notices.find(({ message }) => message === 'write mode ended');
  assert.equal(said?.hint, 'Temporary tables went with write mode: "Mine too", "mine".');
});

test('a writer that cannot be opened leaves a reader whose next answer is its client’s own', async () => {
  const raw = await Raw.open(stage.through());
  await stage.rows('ALTER ROLE writer NOLOGIN');
  try {
    for (let n = 0; n < 5; n++) {
      const words = await raw.ask([query("SELECT sudo('closed')"), query(`SELECT ${n}`), query('SHOW DateStyle')], 3);
      assert.equal(sqlstate(words), '58000');
      const answers = ['T(DateStyle:25:0)', 'D(ISO, MDY)', 'C(SHOW)', 'Z(I)'];
      assert.deepEqual(words.slice(-8), ['T(?column?:23:0)', `D(${n})`, 'C(SELECT 1)', 'Z(I)', ...answers]);
    }
  } finally {
    await stage.rows('ALTER ROLE writer LOGIN');
  }
  raw.destroy();
});
