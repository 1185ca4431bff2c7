import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { until } from '../helpers/until.ts';
import { copyData, COPY_DONE, FLUSH } from '../../services/gateway/wire/frames.ts';
import { bindText, execute, parse, query, Raw, run, sqlstate, SYNC } from './raw-client.ts';
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

async function elevated(reason = 'test'): Promise<Raw> {
  const raw = await Raw.open(stage.through());
  assert.equal(sqlstate(await raw.ask(query(`SELECT sudo('${reason}')`))), undefined);
  return raw;
}

const count = async () => (await stage.rows('SELECT count(*)::int AS n FROM items'))[0]?.n;
const mode = async (raw: Raw) => (await raw.ask(query('SHOW sudoql.mode')))[1];

/** Until the target shows a writer that runs `text`. */
async function running(text: string): Promise<void> {
  await until(`a writer runs ${text}`, async () => {
    const found = await stage.rows(
      `SELECT 1 FROM pg_stat_activity WHERE usename = 'writer' AND state = 'active' AND query LIKE '%${text}%'`,
    );
    return found.length > 0;
  });
}

/** Waits for the session's own word on it. */
async function toldRead(raw: Raw): Promise<void> {
  while (raw.asides.lastIndexOf('S(sudoql.mode=read)') < raw.asides.lastIndexOf('S(sudoql.mode=write)')) {
    const next = await raw.client.next();
    raw.note(next);
  }
}

test('promise 5: idle between transactions: a notice, no error, the same connection in read', async () => {
  const raw = await elevated();
  await stage.revoke();
  await stage.gone('idle');
  await toldRead(raw);
  assert.deepEqual(await mode(raw), 'D(read)');
  assert.ok(raw.asides.some((aside) => aside.includes('write mode was revoked')));
  assert.equal(sqlstate(await raw.ask(query('DELETE FROM items'))), '25006');
  raw.destroy();
});

test('promise 5: at its deadline an elevation ends by itself', async () => {
  const raw = await Raw.open(stage.through());
  await raw.ask(query("SELECT sudo('short', '1 s')"));
  await raw.ask(query('BEGIN'));
  await raw.ask(query("INSERT INTO items VALUES (70, 'x')"));
  await toldRead(raw);
  await stage.gone('deadline', 500);
  assert.equal(await count(), 10);
  raw.destroy();
});

test('promise 5: an open transaction is rolled back, and its client is owed an error: COMMIT by Query', async () => {
  const raw = await elevated();
  await raw.ask(query('BEGIN'));
  await raw.ask(query("INSERT INTO items VALUES (71, 'x')"));
  await stage.revoke();
  await stage.gone('open transaction');
  const words = await raw.ask(query('COMMIT'));
  assert.match(words[0] ?? '', /^E\(25P02 write mode was revoked/);
  assert.deepEqual(words.slice(1), ['Z(I)']);
  assert.equal(await count(), 10);
  assert.deepEqual(await raw.ask(query('COMMIT')), ['C(COMMIT)', 'Z(I)']);
  raw.destroy();
});

test('promise 5: the owed error in the extended protocol: COMMIT is 25P02 and the transaction stays failed', async () => {
  const raw = await elevated();
  await raw.ask([run('BEGIN'), run("INSERT INTO items VALUES (72, 'x')"), SYNC]);
  await stage.revoke();
  await stage.gone('open transaction');
  const words = await raw.ask([run('COMMIT'), SYNC]);
  assert.equal(sqlstate(words), '25P02');
  assert.equal(words.at(-1), 'Z(E)');
  assert.deepEqual(await raw.ask([run('COMMIT'), SYNC]), ['1', '2', 'C(ROLLBACK)', 'Z(I)']);
  raw.destroy();
});

test('promise 5: the owed error: anything else is 25P02 as well, and only ROLLBACK clears it silently', async () => {
  const raw = await elevated();
  await raw.ask(query('BEGIN'));
  await raw.ask(query("INSERT INTO items VALUES (73, 'x')"));
  await stage.revoke();
  await stage.gone('open transaction');
  const words = await raw.ask(query('SELECT 1'));
  assert.match(words[0] ?? '', /^E\(25P02 write mode was revoked/);
  assert.equal(words.at(-1), 'Z(E)');
  assert.match((await raw.ask(query('SELECT 1')))[0] ?? '', /^E\(25P02 current transaction is aborted/);
  assert.deepEqual(await raw.ask(query('ROLLBACK AND CHAIN')), ['C(ROLLBACK)', 'Z(T)']);
  assert.deepEqual((await raw.ask(query('SHOW transaction_read_only')))[1], 'D(on)');
  await raw.ask(query('ROLLBACK'));

  const other = await elevated();
  await other.ask(query('BEGIN'));
  await other.ask(query("INSERT INTO items VALUES (73, 'x')"));
  await stage.revoke();
  await stage.gone('open transaction');
  assert.deepEqual(await other.ask(query('ROLLBACK')), ['C(ROLLBACK)', 'Z(I)']);
  assert.equal((await other.ask(query('SELECT 1'))).length, 4);
  raw.destroy();
  other.destroy();
});

test('promise 5: a running statement is cancelled, and its error says why', async () => {
  const raw = await elevated();
  raw.send(query('SELECT pg_sleep(20) AS runs'));
  await running('AS runs');
  await stage.revoke();
  const words = await raw.heard();
  assert.match(words.at(-2) ?? '', /^E\(57014 write mode was revoked/);
  assert.equal(words.at(-1), 'Z(I)');
  await stage.gone('running');
  assert.deepEqual(await mode(raw), 'D(read)');
  raw.destroy();
});

test('promise 5: an empty text takes nothing of what is owed, and the next real statement gets it', async () => {
  const raw = await elevated();
  await raw.ask(query('BEGIN'));
  await raw.ask(query("INSERT INTO items VALUES (76, 'x')"));
  await stage.revoke();
  await stage.gone('empty');
  await toldRead(raw);
  for (const empty of [';', '', '/* still there? */', '-- ping']) {
    assert.deepEqual(await raw.ask(query(empty)), ['I', 'Z(E)'], empty);
    // PostgreSQL binds nothing in a failed transaction, not even that.
    assert.equal(sqlstate(await raw.ask([run(empty), SYNC])), '25P02', empty);
  }
  assert.equal(sqlstate(await raw.ask(query('COMMIT'))), '25P02');
  assert.equal((await raw.ask(query('SELECT 1'))).at(-1), 'Z(I)');
  raw.destroy();
});

test('promise 5: a running statement in a transaction leaves a failed transaction, with no second error owed', async () => {
  const raw = await elevated();
  await raw.ask(query('BEGIN'));
  await raw.ask(query("INSERT INTO items VALUES (74, 'x')"));
  raw.send(run('SELECT pg_sleep(20) AS inside'), SYNC);
  await running('AS inside');
  await stage.revoke();
  const words = await raw.heard();
  assert.equal(sqlstate(words), '57014');
  assert.equal(words.at(-1), 'Z(E)');
  await stage.gone('running in a transaction');
  assert.match((await raw.ask(query('SELECT 1')))[0] ?? '', /^E\(25P02 current transaction is aborted/);
  assert.deepEqual(await raw.ask(query('COMMIT')), ['C(ROLLBACK)', 'Z(I)']);
  assert.equal(await count(), 10);
  raw.destroy();
});

test('promise 5: a batch without its Sync is not committed', async () => {
  const raw = await elevated();
  raw.send(run("INSERT INTO items VALUES (75, 'x')"), FLUSH);
  assert.deepEqual([await raw.next(), await raw.next(), await raw.next()], ['1', '2', 'C(INSERT 0 1)']);
  await stage.revoke();
  assert.match(await raw.next(), /^E\(57014 write mode was revoked/);
  await stage.gone('batch');
  assert.deepEqual(await raw.ask([run('SELECT 1'), SYNC]), ['Z(I)']);
  assert.equal(await count(), 10);
  assert.equal((await raw.ask([run('SELECT 1'), SYNC])).length, 5);
  raw.destroy();
});

test('promise 5: a batch whose replies the target holds back is not committed', async () => {
  const raw = await elevated();
  raw.send(run('BEGIN'), run("INSERT INTO items VALUES (76, 'x')"), run('SELECT pg_sleep(0.01) AS held'));
  await new Promise((resolve) => setTimeout(resolve, 100));
  await stage.revoke();
  const words: string[] = [];
  while (!words.at(-1)?.startsWith('E')) words.push(await raw.next());
  assert.match(words.at(-1) ?? '', /^E\(57014/);
  await stage.gone('held batch');
  assert.deepEqual(await raw.ask(SYNC), ['Z(E)']);
  assert.deepEqual(await raw.ask(query('ROLLBACK')), ['C(ROLLBACK)', 'Z(I)']);
  assert.equal(await count(), 10);
  raw.destroy();
});

test('promise 5: COPY FROM STDIN is broken off, late data is dropped', async () => {
  const raw = await elevated();
  raw.send(query('COPY items FROM STDIN'));
  assert.equal(await raw.next(), 'G');
  raw.send(copyData(Buffer.from('80\tx\n')));
  await stage.revoke();
  const words = await raw.heard();
  assert.match(words[0] ?? '', /^E\(57014 write mode was revoked/);
  assert.equal(words.at(-1), 'Z(I)');
  raw.send(copyData(Buffer.from('81\tx\n')), COPY_DONE);
  await stage.gone('copy');
  assert.equal((await raw.ask(query('SELECT 1'))).length, 4);
  assert.equal(await count(), 10);
  raw.destroy();
});

test('promise 5: COPY FROM STDIN by extended protocol is broken off', async () => {
  const raw = await elevated();
  raw.send(parse('', 'COPY items FROM STDIN'), bindText('', ''), execute(''), SYNC);
  assert.deepEqual([await raw.next(), await raw.next(), await raw.next()], ['1', '2', 'G']);
  raw.send(copyData(Buffer.from('80\tx\n')));
  await stage.revoke();
  assert.match(await raw.next(), /^E\(57014/);
  raw.send(copyData(Buffer.from('81\tx\n')), COPY_DONE);
  assert.deepEqual(await raw.ask(SYNC), ['Z(I)']);
  await stage.gone('copy');
  assert.equal(await count(), 10);
  raw.destroy();
});

const TRAP = `DO $$ BEGIN LOOP BEGIN PERFORM pg_sleep(30); EXCEPTION WHEN query_canceled THEN NULL; END; END LOOP; END $$`;

test('promise 5: a statement that traps its cancel is ended all the same, within the second, and said to be unknown', async () => {
  const raw = await elevated('trap');
  raw.send(query(TRAP));
  await running('query_canceled');
  await stage.revoke();
  const words = await raw.heard();
  assert.match(words.at(-2) ?? '', /^E\(40003 write mode was revoked by sec, and the target did not say/);
  assert.equal(words.at(-1), 'Z(I)');
  await stage.gone('trap');
  assert.equal((await raw.ask(query('SELECT 1'))).length, 4);
  raw.destroy();
  const intent = (await stage.entries('statement_intent')).filter(({ type }) => type === 'DoStmt').at(-1);
  const outcome = (await stage.entries('statement_outcome')).find(({ statement }) => statement === intent?.statement);
  assert.equal(outcome?.result, 'unknown');
});

test('promise 5: a client that has stopped reading does not keep its elevation alive', async () => {
  const raw = await elevated('slow');
  raw.client.stream.pause();
  raw.send(query("SELECT repeat('x', 1000) AS slowly FROM generate_series(1, 200000)"));
  await running('AS slowly');
  await until('the backend waits for its client', async () => {
    const waits = await stage.rows(
      "SELECT 1 FROM pg_stat_activity WHERE usename = 'writer' AND wait_event = 'ClientWrite'",
    );
    return waits.length > 0;
  });
  await stage.revoke();
  await stage.gone('slow client');
  raw.client.stream.resume();
  const words = await raw.heard();
  assert.match(words.at(-2) ?? '', /^E\(57014 write mode was revoked/);
  assert.deepEqual(await mode(raw), 'D(read)');
  raw.destroy();
});

test('promise 5: RESET ALL and DISCARD ALL end an elevation, because pools lend connections on', async () => {
  for (const text of ['RESET ALL', 'DISCARD ALL']) {
    const raw = await elevated();
    const words = await raw.ask(query(text));
    assert.equal(words.at(-1), 'Z(I)');
    await toldRead(raw);
    assert.deepEqual(await mode(raw), 'D(read)');
    await stage.gone(text);
    raw.destroy();
  }
});

test('promise 5: unsudo in a transaction rolls it back, and its COMMIT is an error', async () => {
  const raw = await elevated();
  await raw.ask(query('BEGIN'));
  await raw.ask(query("INSERT INTO items VALUES (77, 'x')"));
  const words = await raw.ask(query('SELECT unsudo()'));
  assert.equal(words.at(-1), 'Z(E)');
  assert.equal(sqlstate(await raw.ask(query('COMMIT'))), '25P02');
  assert.equal(await count(), 10);
  raw.destroy();
});

test('unsudo after a bare BEGIN loses nothing: the empty transaction goes on in read, and its COMMIT is no error', async () => {
  const client = await stage.connect();
  await client.query("SELECT sudo('and back')");
  await client.query('BEGIN READ WRITE');
  await client.query('SELECT unsudo()');
  assert.equal((await client.query('SHOW sudoql.mode')).rows[0]?.['sudoql.mode'], 'read');
  assert.equal((await client.query('SHOW transaction_read_only')).rows[0]?.transaction_read_only, 'on');
  assert.equal((await client.query('COMMIT')).command, 'COMMIT');
  assert.equal((await stage.ended('and back')).summary?.rolledBack, false);
});

test('promise 5: the client leaves: the writer is gone', async () => {
  const raw = await elevated('leaving');
  await raw.ask(query('BEGIN'));
  await raw.ask(query("INSERT INTO items VALUES (78, 'x')"));
  raw.send(query('SELECT pg_sleep(20) AS leaving'));
  await running('AS leaving');
  raw.destroy();
  await stage.gone('client left');
  assert.equal(await count(), 10);
});

test('promise 5: a client that leaves while its session goes back to read is no fault', async () => {
  const raw = await Raw.open(stage.through());
  const [, shown = ''] = await raw.ask(query('SELECT pg_backend_pid()'));
  const pid = Number(/\d+/.exec(shown)?.[0]);
  await raw.ask(query("SELECT sudo('leaves at the end')"));
  await raw.ask(query('BEGIN'));
  // What the reader is asked at the end has no answer.
  process.kill(pid, 'SIGSTOP');
  try {
    await stage.revoke();
    await stage.ended('leaves at the end');
    const before = stage.sessions.count;
    raw.destroy();
    await until('the session is over', () => stage.sessions.count < before);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  // `remove` finds what was logged as one.
});

test('promise 5: a revoked token ends its session with FATAL', async () => {
  const raw = await elevated('token');
  await stage.revokeToken('ana');
  assert.match(await raw.next(), /^E\(28000 the token was revoked/);
  await raw.client.closed();
  await stage.gone('token');
});

test('promise 5: the closing entry says what was committed, by table, and what was rolled back', async () => {
  const raw = await elevated('summary');
  await raw.ask(query('UPDATE items SET name = name WHERE id < 4'));
  await raw.ask(query('BEGIN'));
  await raw.ask(query('UPDATE items SET name = name WHERE id = 4'));
  await raw.ask(query('SAVEPOINT a'));
  await raw.ask(query('DELETE FROM items'));
  await raw.ask(query('ROLLBACK TO a'));
  await raw.ask(query('COMMIT'));
  await raw.ask(query('BEGIN'));
  await raw.ask(query('DELETE FROM items'));
  await raw.ask(query('ROLLBACK'));
  await raw.ask(query('UPDATE items SET id = 1 WHERE id = 2'));
  await raw.ask(query('DO $$ BEGIN NULL; END $$'));
  await raw.ask(query('SELECT unsudo()'));
  const { summary } = await stage.ended('summary');
  assert.deepEqual(summary?.rows, { 'public.items': 4 });
  assert.equal(summary?.failed, 1);
  assert.equal(summary?.rolledBack, false);
  assert.equal(summary?.backend, 'gone');
  assert.deepEqual(
    summary?.leftBehind.map(({ effect }) => effect),
    ['dynamic'],
  );
  raw.destroy();
});

test('an elevation follows on another at once', async () => {
  const raw = await elevated('one');
  for (let n = 0; n < 3; n++) {
    await raw.ask(query('SELECT unsudo()'));
    assert.equal(sqlstate(await raw.ask(query("SELECT sudo('again')"))), undefined);
    assert.deepEqual(await mode(raw), 'D(write)');
  }
  raw.destroy();
});
