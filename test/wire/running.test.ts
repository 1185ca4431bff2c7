import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { until, within } from '../helpers/until.ts';
import { copyData, COPY_DONE, FLUSH, int16, int32, message } from '../../services/gateway/wire/frames.ts';
import { bindText, describe, execute, parse, query, Raw, run, sqlstate, SYNC } from './raw-client.ts';
import { makeStage, openPolicy, type Stage } from './stage.ts';

let stage: Stage;
/** What the policy of these tests obliges to, by a word in the statement. */
const OBLIGED = {
  few: { max_rows: 10 },
  light: { max_bytes: 1_000 },
  brief: { timeout_ms: 100 },
  careful: { max_affected_rows: 2 },
};

before(async () => {
  stage = await makeStage({
    policy: openPolicy(({ statement: { normalized, type } }) => {
      const named = Object.entries(OBLIGED).find(([word]) => normalized.includes(word));
      return type === 'CreateStmt' || type === 'TransactionStmt' ? {} : (named?.[1] ?? {});
    }),
    limits: { rows: 50_000, sessionsPerPrincipal: 6, statementsPerPrincipal: 3 },
    schema: `CREATE TABLE careful (id int PRIMARY KEY, name text);
      INSERT INTO careful SELECT n, 'item ' || n FROM generate_series(1, 10) n;
      CREATE TABLE blobs (a text)`,
  });
});
after(() => stage.remove());

async function elevated(): Promise<Raw> {
  const raw = await Raw.open(stage.through());
  assert.equal(sqlstate(await raw.ask(query("SELECT sudo('test')"))), undefined);
  return raw;
}

async function active(text: string): Promise<void> {
  await until(`${text} runs`, () => runs(text));
}

async function runs(text: string): Promise<boolean> {
  const found = await stage.rows(
    `SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid() AND query LIKE '%${text}%'`,
  );
  return found.length > 0;
}

test('promise 11: a Query that is refused while the batch before it fails is skipped with it, up to the Sync', async () => {
  const raw = await Raw.open(stage.through());
  await raw.ask(query('SELECT 1'));
  // Judged on another thread, and so for longer than the target takes to fail.
  const refused = `SELECT 1 FROM pg_authid WHERE oid IN (${Array.from({ length: 10_000 }, (_, n) => n).join()})`;
  raw.send(run('SELECT 1/0'), query(refused));
  assert.deepEqual([await raw.next(), await raw.next()], ['1', 'E(22012 division by zero)']);
  assert.deepEqual(await raw.ask([SYNC, query('SELECT 8')], 2), [
    'Z(I)',
    'T(?column?:23:0)',
    'D(8)',
    'C(SELECT 1)',
    'Z(I)',
  ]);
  raw.destroy();
});

test('promise 11: a CancelRequest cancels what runs, and nothing after it', async () => {
  const raw = await Raw.open(stage.through());
  for (let n = 0; n < 20; n++) {
    raw.send(query('SELECT pg_sleep(20) AS cancelled'));
    await active('AS cancelled');
    await raw.cancel(stage.port);
    const words = await raw.ask(query('SELECT 1'), 2);
    assert.deepEqual(words.slice(-6), [
      'E(57014 canceling statement due to user request)',
      'Z(I)',
      'T(?column?:23:0)',
      'D(1)',
      'C(SELECT 1)',
      'Z(I)',
    ]);
  }
  await raw.cancel(stage.port);
  assert.equal((await raw.ask(query('SELECT 1'))).length, 4);
  raw.destroy();
});

test('promise 11: whoever guesses cancel keys, of no session and of another, keeps nobody from cancelling', async () => {
  const [mine, other] = [await Raw.open(stage.through()), await Raw.open(stage.through())];
  mine.send(query('SELECT pg_sleep(20) AS guessed'));
  await active('AS guessed');
  const wrong = Buffer.from([1, 2, 3, 4]);
  for (let n = 0; n < 30; n++) await other.cancel(stage.port, wrong);
  other.processId = 1;
  for (let n = 0; n < 30; n++) await other.cancel(stage.port, wrong);
  await mine.cancel(stage.port);
  assert.equal(sqlstate(await mine.heard(1)), '57014');
  for (const each of [mine, other]) each.destroy();
});

test('promise 11: a CancelRequest with a wrong key does nothing', async () => {
  const raw = await Raw.open(stage.through());
  raw.send(query('SELECT pg_sleep(1.5) AS untouched'));
  await active('AS untouched');
  await raw.cancel(stage.port, Buffer.from([1, 2, 3, 4]));
  assert.equal(sqlstate(await raw.heard()), undefined);
  raw.destroy();
});

test('promise 11: a CancelRequest ends COPY FROM STDIN', async () => {
  const raw = await elevated();
  raw.send(query('COPY blobs FROM STDIN'));
  assert.equal(await raw.next(), 'G');
  await raw.cancel(stage.port);
  assert.equal(sqlstate(await raw.heard()), '57014');
  raw.send(copyData(Buffer.from('late\n')), COPY_DONE);
  assert.equal((await raw.ask(query('SELECT 1'))).length, 4);
  raw.destroy();
});

test('a result over the row cap gives what fits, and then an error that names the limit', async () => {
  const raw = await Raw.open(stage.through());
  for (const message of [
    query('SELECT n AS few FROM generate_series(1, 100000) n'),
    Buffer.concat([run('SELECT n AS few FROM generate_series(1, 100000) n'), SYNC]),
  ]) {
    const words = await raw.ask(message);
    assert.equal(words.filter((word) => word.startsWith('D(')).length, 10);
    assert.match(words.at(-2) ?? '', /^E\(54000 the result is larger than policy's limit of 10 rows/);
    assert.equal(words.at(-1), 'Z(I)');
  }
  const own = await raw.ask(query('SELECT n FROM generate_series(1, 1000000) n'));
  assert.equal(own.length, 50_000 + 3);
  assert.match(own.at(-2) ?? '', /^E\(54000 the result is larger than the gateway's limit of 50000 rows/);
  assert.equal((await raw.ask(query('SELECT 1'))).length, 4);
  raw.destroy();
});

test('a small result over the cap, which the target had sent to its end, is an error as well', async () => {
  const raw = await Raw.open(stage.through());
  const words = await raw.ask(query('SELECT n AS few FROM generate_series(1, 11) n'));
  assert.equal(sqlstate(words), '54000');
  const batch = await raw.ask([run('SELECT n AS few FROM generate_series(1, 11) n'), SYNC]);
  assert.equal(sqlstate(batch), '54000');
  assert.equal(batch.at(-1), 'Z(I)');
  assert.equal((await raw.ask(query('SELECT 1'))).length, 4);
  raw.destroy();
});

test('a result over the byte cap is cut as well, COPY TO STDOUT too', async () => {
  const raw = await Raw.open(stage.through());
  assert.equal(sqlstate(await raw.ask(query("SELECT repeat('x', 600) AS light FROM generate_series(1, 5)"))), '54000');
  assert.equal(
    sqlstate(await raw.ask(query("COPY (SELECT repeat('x', 600) AS light FROM generate_series(1, 5)) TO STDOUT"))),
    '54000',
  );
  assert.equal((await raw.ask(query('SELECT 1'))).length, 4);
  raw.destroy();
});

test('a statement over the time that policy gives it is cancelled, and told whose limit it was', async () => {
  const raw = await Raw.open(stage.through());
  const words = await raw.ask(query('SELECT pg_sleep(20) AS brief'));
  assert.match(words.at(-2) ?? '', /^E\(57014 cancelled: the statement ran longer than policy's limit of 100 ms/);
  raw.destroy();
});

const COUNTS = [1, 2, 3].map((n) => `generate_series(1, 10000) g${n}`).join();

test('what a cursor WITH HOLD reads when its transaction ends has the time that policy gives its DECLARE, however that end comes', async () => {
  const declare = `DECLARE h CURSOR WITH HOLD FOR SELECT count(*) AS brief FROM ${COUNTS}`;
  const direct = await stage.direct();
  const ends: Record<string, (Buffer | Buffer[])[]> = {
    'a Query': [query(declare)],
    'a Sync': [[run(declare), SYNC]],
    COMMIT: [query('BEGIN'), query(declare), query('COMMIT')],
    'COMMIT in the same text': [query(`BEGIN; ${declare}; COMMIT`)],
    'COMMIT AND CHAIN': [query('BEGIN'), query(declare), query('COMMIT AND CHAIN')],
    'a batch': [[run('BEGIN'), run(declare), run('COMMIT'), SYNC]],
  };
  for (const [how, steps] of Object.entries(ends)) {
    const raw = await Raw.open(stage.through());
    let words: string[] = [];
    for (const step of steps) words = await raw.ask(step);
    const error = words.find((word) => word.startsWith('E(')) ?? words.join();
    assert.match(error, /^E\(57014 cancelled: the statement ran longer than policy's limit of 100 ms/, how);
    assert.equal(words.at(-1), 'Z(I)', how);
    assert.equal(sqlstate(await raw.ask(query('FETCH h'))), '34000', how);
    raw.destroy();
  }
  // Its DECLARE was answered, and its time is over, before the Sync comes.
  const raw = await Raw.open(stage.through());
  raw.send(run(declare), FLUSH);
  assert.deepEqual([await raw.next(), await raw.next(), await raw.next()], ['1', '2', 'C(DECLARE CURSOR)']);
  await direct.query('SELECT pg_sleep(0.2)');
  assert.match((await raw.ask(SYNC))[0] ?? '', /^E\(57014 cancelled/);
  raw.destroy();
});

test('a cursor WITH HOLD stays behind with the reader: not there in write mode, there again after it, and gone with DISCARD ALL', async () => {
  const raw = await Raw.open(stage.through());
  const held = (name: string) => query(`DECLARE ${name} CURSOR WITH HOLD FOR SELECT id FROM careful ORDER BY id`);
  await raw.ask(held('h'));
  assert.ok((await raw.ask(query('FETCH h'))).includes('D(1)'));
  await raw.ask(query("SELECT sudo('test')"));
  assert.equal(sqlstate(await raw.ask(query('FETCH h'))), '34000');
  await raw.ask(held('w'));
  await raw.ask(query('SELECT unsudo()'));
  const again = await raw.ask(query('FETCH h'));
  assert.ok(again.includes('D(2)'), again.join());
  assert.equal(sqlstate(await raw.ask(query('FETCH w'))), '34000');
  await raw.ask(query("SELECT sudo('test')"));
  await raw.ask(query('DISCARD ALL'));
  assert.equal(sqlstate(await raw.ask(query('FETCH h'))), '34000');
  await raw.ask(held('h'));
  await raw.ask(query('DISCARD ALL'));
  assert.equal(sqlstate(await raw.ask(query('FETCH h'))), '34000');
  raw.destroy();
});

test('all that a cursor WITH HOLD gives is one result, across write mode as well', async () => {
  const raw = await Raw.open(stage.through());
  await raw.ask(query('DECLARE h CURSOR WITH HOLD FOR SELECT n AS few FROM generate_series(1, 100) n'));
  assert.ok((await raw.ask(query('FETCH 8 FROM h'))).includes('C(FETCH 8)'));
  await raw.ask(query("SELECT sudo('test')"));
  await raw.ask(query('SELECT unsudo()'));
  assert.equal(sqlstate(await raw.ask(query('FETCH 8 FROM h'))), '54000');
  raw.destroy();
});

test('a cursor WITH HOLD is not declared where the gateway would roll it back', async () => {
  const raw = await Raw.open(stage.through());
  const declare = 'DECLARE h CURSOR WITH HOLD FOR SELECT 1';
  for (const step of [
    query(`${declare}; SELECT random()`),
    query(`SELECT random(); ${declare}`),
    [run(declare), run('SELECT random()'), SYNC],
    [run('SELECT random()'), run(declare), SYNC],
    [run(declare), parse('', 'SELECT random()'), bindText('', ''), SYNC],
  ]) {
    const words = await raw.ask(step);
    assert.equal(sqlstate(words), '0A000', words.join());
    assert.equal(sqlstate(await raw.ask(query('FETCH h'))), '34000');
  }
  await raw.ask(query(`BEGIN; ${declare}; SELECT random(); COMMIT`));
  assert.ok((await raw.ask(query('FETCH h'))).includes('D(1)'));
  raw.destroy();
});

const untouched = async () =>
  assert.deepEqual(await stage.rows("SELECT count(*)::int AS n FROM careful WHERE name LIKE 'item %'"), [{ n: 10 }]);

test('a statement that changed more rows than policy permits is rolled back: by Query', async () => {
  const raw = await elevated();
  const words = await raw.ask(query("UPDATE careful SET name = 'all'"));
  assert.match(words[0] ?? '', /^E\(54000 the statement changed 10 rows, and policy permits 2/);
  assert.deepEqual(words.slice(1), ['Z(I)']);
  await untouched();
  assert.deepEqual(await raw.ask(query('UPDATE careful SET name = name WHERE id < 3')), ['C(UPDATE 2)', 'Z(I)']);
  assert.deepEqual(await raw.ask(query("INSERT INTO careful VALUES (1, 'x')")), [
    'E(23505 duplicate key value violates unique constraint "careful_pkey")',
    'Z(I)',
  ]);
  raw.destroy();
});

test('a statement that changed more rows than policy permits is rolled back: in a transaction, and in a batch', async () => {
  const raw = await elevated();
  await raw.ask(query('BEGIN'));
  const words = await raw.ask(query("UPDATE careful SET name = 'all'"));
  assert.deepEqual([sqlstate(words), words.at(-1)], ['54000', 'Z(E)']);
  assert.deepEqual(await raw.ask(query('COMMIT')), ['C(ROLLBACK)', 'Z(I)']);
  await untouched();
  const batch = await raw.ask([run("UPDATE careful SET name = 'all'"), run('SELECT 1'), SYNC]);
  assert.deepEqual([sqlstate(batch), batch.at(-1), batch.length], ['54000', 'Z(I)', 4]);
  await untouched();
  assert.deepEqual(await raw.ask([run('UPDATE careful SET name = name WHERE id < 3'), SYNC]), [
    '1',
    '2',
    'C(UPDATE 2)',
    'Z(I)',
  ]);
  raw.destroy();
});

test('what cannot be counted, or not stopped in time, is refused where policy bounds the rows', async () => {
  const raw = await elevated();
  const texts = [
    'WITH gone AS (DELETE FROM careful RETURNING 1) SELECT count(*) FROM gone',
    "UPDATE careful SET name = 'x'; COMMIT",
  ];
  for (const text of texts) assert.equal(sqlstate(await raw.ask(query(text))), '42501', text);
  await untouched();
  raw.destroy();
});

test('a principal has only so many statements at once, and so many sessions', async () => {
  const raws = await Promise.all(Array.from({ length: 4 }, () => Raw.open(stage.through())));
  const busy = raws.slice(0, 3);
  for (const raw of busy) raw.send(query('SELECT pg_sleep(20) AS crowd'));
  await active('AS crowd');
  const last = raws[3];
  assert.ok(last);
  await until('it is refused', async () => sqlstate(await last.ask(query('SELECT 1'))) !== undefined);
  assert.equal(sqlstate(await last.ask(query('SELECT 1'))), '53300');
  await busy[0]?.cancel(stage.port);
  await busy[0]?.heard();
  assert.equal(sqlstate(await last.ask(query('SELECT 1'))), undefined);
  const more = await Promise.all([stage.connect(), stage.connect()]);
  await assert.rejects(stage.connect(), { code: '53300' });
  await Promise.all(more.map((client) => client.end()));
  for (const raw of raws) raw.destroy();
});

test('an unknown target has the words of one that is not for you', async () => {
  await assert.rejects(stage.connect({ database: 'nowhere' }), { code: '3D000', severity: 'FATAL' });
});

test('the client vanishes: its statement is cancelled at once', async () => {
  const raw = await Raw.open(stage.through());
  raw.send(query('SELECT pg_sleep(20) AS vanishing'));
  await active('AS vanishing');
  raw.destroy();
  await within(1_000, 'it runs no more', async () => !(await runs('AS vanishing')));
});

test('the target ends the backend: its own last words, then the connection closes', async () => {
  const raw = await Raw.open(stage.through());
  raw.send(query('SELECT pg_sleep(20) AS ended'));
  await active('AS ended');
  await stage.rows(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%AS ended%' AND pid <> pg_backend_pid()",
  );
  const words: string[] = [];
  while (!words.at(-1)?.startsWith('E(57P01')) words.push(await raw.next());
  assert.equal((await raw.client.closed()).length, 0);
});

test('a large result with a slow client stays in the target, not in the gateway', async () => {
  const raw = await Raw.open(stage.through());
  raw.client.stream.pause();
  const before = process.memoryUsage();
  raw.send(query("SELECT repeat('x', 10000) AS large FROM generate_series(1, 40000)"));
  await active('AS large');
  await new Promise((resolve) => setTimeout(resolve, 300));
  const { external, heapUsed } = process.memoryUsage();
  const grown = external + heapUsed - before.external - before.heapUsed;
  assert.ok(grown < 64 * 1024 * 1024, `${grown} bytes more`);
  raw.destroy();
});

test('a Bind of many megabytes passes through in pieces', async () => {
  const raw = await elevated();
  const size = 40 * 1024 * 1024;
  const value = Buffer.alloc(size, 'x');
  const bind = message('B', '', 'put', int16(0), int16(1), int32(size), value, int16(0));
  const words = await raw.ask([parse('put', 'INSERT INTO blobs VALUES ($1)'), bind, execute(''), SYNC]);
  assert.deepEqual(words, ['1', '2', 'C(INSERT 0 1)', 'Z(I)']);
  assert.deepEqual(await stage.rows('SELECT length(a) AS n FROM blobs'), [{ n: size }]);
  // In read the same Bind is refused, and its body dropped.
  await raw.ask(query('SELECT unsudo()'));
  assert.equal(sqlstate(await raw.ask([bind, execute(''), SYNC])), '25006');
  assert.equal((await raw.ask(query('SELECT 1'))).length, 4);
  raw.destroy();
});

test('a text over the limit is refused with 54000, and the session goes on', async () => {
  const raw = await Raw.open(stage.through());
  assert.equal(sqlstate(await raw.ask(query(`SELECT '${'x'.repeat(2 * 1024 * 1024)}'`))), '54000');
  assert.equal(sqlstate(await raw.ask(query(`SELECT '${'x'.repeat(100 * 1024)}'`))), '54000');
  assert.equal(sqlstate(await raw.ask([run(`SELECT '${'x'.repeat(2 * 1024 * 1024)}'`), SYNC])), '54000');
  assert.equal((await raw.ask(query('SELECT 1'))).length, 4);
  raw.destroy();
});

test('nonsense on the wire ends the session with 08P01', async () => {
  const raw = await Raw.open(stage.through());
  raw.send(Buffer.from('hello, this is not a message'));
  assert.match(await raw.next(), /^E\(08P01/);
  await raw.client.closed();
});

test('promise 11: many batches at once are answered in order', async () => {
  const raw = await Raw.open(stage.through());
  const batches = Array.from({ length: 200 }, (_, n) => [run('SELECT $1::int', [String(n)]), SYNC]).flat();
  const words = await raw.ask(batches, 200);
  assert.deepEqual(
    words.filter((word) => word.startsWith('D(')),
    Array.from({ length: 200 }, (_, n) => `D(${n})`),
  );
  raw.destroy();
});

test('promise 11: a statement that is described, flushed and bound later, as drivers do', async () => {
  const raw = await Raw.open(stage.through());
  raw.send(parse('s', 'SELECT $1::text'), message('D', Buffer.from('S'), 's'), FLUSH);
  assert.deepEqual([await raw.next(), await raw.next(), await raw.next()], ['1', 't(25)', 'T(text:25:0)']);
  assert.deepEqual(await raw.ask([bindText('', 's', ['x']), execute(''), SYNC]), ['2', 'D(x)', 'C(SELECT 1)', 'Z(I)']);
  raw.destroy();
});

test('a client that asks and asks behind what runs is read no further, and gets all its answers when that has run', async () => {
  const raw = await Raw.open(stage.through());
  await raw.ask([parse('status', 'SELECT sudo_status()'), SYNC]);
  const many = 11_000;
  const asked = Array<Buffer>(many).fill(describe('S', 'status'));
  const words = await raw.ask([parse('', 'SELECT 1'), ...asked, SYNC]);
  assert.equal(words.filter((word) => word.startsWith('T(sudo_status')).length, many);
  assert.equal(words.at(-1), 'Z(I)');
  const batches = Array.from({ length: many }, () => bindText('', ''));
  assert.equal((await raw.ask([parse('', 'SELECT 1'), ...batches, SYNC])).length, many + 2);
  raw.destroy();
});

test('a client that asks and does not read is read no further', async () => {
  const socket = connect(stage.port, '127.0.0.1');
  await once(socket, 'connect');
  const raw = await Raw.over(socket, stage.through());
  const asked = Buffer.concat(Array<Buffer>(20_000).fill(query('SELECT sudo_status()')));
  socket.pause();
  // It takes what fits into buffers on the way, and then nothing for a while.
  for (let quiet = 0; quiet < 10; ) {
    if (socket.writableLength < asked.length) socket.write(asked);
    const before = socket.bytesWritten - socket.writableLength;
    await new Promise((resolve) => setTimeout(resolve, 50));
    quiet = socket.writableLength > 0 && socket.bytesWritten - socket.writableLength === before ? quiet + 1 : 0;
    assert.ok(socket.bytesWritten < 32 * 1024 ** 2, 'it reads on and on');
  }
  raw.destroy();
});
