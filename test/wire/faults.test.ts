import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { query, Raw, run, sqlstate, SYNC } from './raw-client.ts';
import { until } from '../helpers/until.ts';
import { makeStage, openPolicy, type Stage, type StageOptions } from './stage.ts';

const SCHEMA = `CREATE TABLE items (id int PRIMARY KEY, name text);
  INSERT INTO items SELECT n, 'item ' || n FROM generate_series(1, 10) n`;

async function staged(context: TestContext, options: Partial<StageOptions> = {}): Promise<Stage> {
  const stage = await makeStage({ policy: openPolicy(), schema: SCHEMA, ...options });
  context.after(() => stage.remove());
  return stage;
}

/** Cuts the ledger's database off, or lets it answer again. */
async function ledgerAnswers(stage: Stage, answers: boolean): Promise<void> {
  await stage.cluster.sql(`ALTER DATABASE ledger ALLOW_CONNECTIONS ${answers}`);
  if (!answers)
    await stage.cluster.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'ledger'");
}

const GRACE_MS = 6_000;

test('promise 6: with the ledger out of reach nothing runs in write, reads end after the grace, and all goes on when it is back', async (context) => {
  const stage = await staged(context, { graceMs: GRACE_MS });
  const writing = await Raw.open(stage.through());
  await writing.ask(query("SELECT sudo('ledger down')"));
  const reading = await Raw.open(stage.through());
  const away = performance.now();
  await ledgerAnswers(stage, false);
  const read = sqlstate(await reading.ask(query('SELECT 1')));
  // A machine that took longer than the grace has shown nothing.
  if (performance.now() - away < GRACE_MS) assert.equal(read, undefined, 'within the grace reads go on');
  const words = await writing.ask(query('DELETE FROM items'));
  assert.match(sqlstate(words) ?? '', /^(58000|25006|57014)$/);
  assert.deepEqual(await stage.rows('SELECT count(*)::int AS n FROM items'), [{ n: 10 }]);
  await until('reads end', async () => sqlstate(await reading.ask(query('SELECT 1'))) === '58000');
  await assert.rejects(stage.connect(), (error: { code?: string }) => error.code !== undefined);
  await until('write ends by the lease', async () => (await writing.ask(query('SHOW sudoql.mode')))[1] === 'D(read)');
  await stage.gone('lease', 2_000);
  await ledgerAnswers(stage, true);
  await until('reads run', async () => sqlstate(await reading.ask([run('SELECT 1'), SYNC])) === undefined);
  await until('sudo works', async () => sqlstate(await reading.ask(query("SELECT sudo('again')"))) === undefined);
  const { why } = await stage.ended('ledger down');
  assert.equal(why, 'ledger_lost');
  stage.faults.length = 0;
});

test('the target does not answer at connect: 08006, with no details', async (context) => {
  const stage = await staged(context);
  await stage.cluster.sql('ALTER ROLE reader NOLOGIN');
  await assert.rejects(stage.connect(), { code: '08006', severity: 'FATAL', routine: 'target_unreachable' });
  await stage.cluster.sql('ALTER ROLE reader LOGIN; ALTER ROLE writer NOLOGIN');
  const client = await stage.connect();
  await assert.rejects(client.query("SELECT sudo('no writer')"), { code: '58000', routine: 'sudo_failed' });
  assert.equal((await client.query('SELECT 1 AS one')).rows[0]?.one, 1);
});

test('a shutdown ends idle sessions with 57P01, lets running ones finish, and rolls back what is open', async (context) => {
  const stage = await staged(context);
  const [idle, busy, open] = [
    await Raw.open(stage.through()),
    await Raw.open(stage.through()),
    await Raw.open(stage.through()),
  ];
  for (const text of ["SELECT sudo('shutdown')", 'BEGIN', 'DELETE FROM items'])
    assert.equal(sqlstate(await open.ask(query(text))), undefined, text);
  busy.send(query('SELECT pg_sleep(0.5)'));
  await until(
    'it runs',
    async () => (await stage.rows("SELECT 1 FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(0.5)'")).length > 0,
  );
  const done = stage.sessions.shutdown(5_000);
  assert.match(await idle.next(), /^E\(57P01/);
  assert.match(await open.next(), /^E\(57P01/);
  assert.equal(sqlstate(await busy.heard()), undefined);
  assert.match(await busy.next(), /^E\(57P01/);
  await done;
  assert.equal(stage.sessions.count, 0);
  assert.deepEqual(await stage.rows('SELECT count(*)::int AS n FROM items'), [{ n: 10 }]);
  await assert.rejects(stage.connect(), { code: '57P01' });
  const { why, summary } = await stage.ended('shutdown');
  assert.deepEqual([why, summary?.rolledBack, summary?.backend], ['shutdown', true, 'gone']);
});

test('idle sessions end after their time, a running statement does not count as idle', async (context) => {
  const stage = await staged(context, { limits: { idleTimeout: 300, idleInTransactionTimeout: 150 } });
  const raw = await Raw.open(stage.through());
  assert.equal(sqlstate(await raw.ask(query('SELECT pg_sleep(0.6)'))), undefined);
  assert.match(await raw.next(), /^E\(57P05/);
  const other = await Raw.open(stage.through());
  await other.ask(query('BEGIN'));
  assert.match(await other.next(), /^E\(25P03/);
});

test('promise 3: without a usable policy no session is opened, and in an open one nothing runs', async (context) => {
  let revision: string | null = 'test';
  const policy = openPolicy();
  const stage = await staged(context, {
    policy: {
      ...policy,
      statement: (input) =>
        revision === null ? { ok: false, fault: 'none', revision: null } : policy.statement(input),
      get revision() {
        return revision;
      },
    },
  });
  const client = await stage.connect();
  revision = null;
  await assert.rejects(client.query('SELECT 1'), { code: '57P03', routine: 'not_ready' });
  await assert.rejects(stage.connect(), { code: '57P03' });
});

test('promise 5: the writer is ended from outside: the client is told, the outcome is unknown, the end is recorded', async (context) => {
  const stage = await staged(context);
  const raw = await Raw.open(stage.through());
  assert.equal(sqlstate(await raw.ask(query("SELECT sudo('killed')"))), undefined);
  raw.send(query('SELECT pg_sleep(20)'));
  await until(
    'it runs',
    async () =>
      (await stage.rows("SELECT 1 FROM pg_stat_activity WHERE usename = 'writer' AND state = 'active'")).length > 0,
  );
  await stage.rows("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'writer'");
  assert.match(await raw.next(), /^(T|E\(57P01)/);
  await raw.client.closed();
  const { why } = await stage.ended('killed');
  assert.equal(why, 'writer_lost');
  const outcome = (await stage.entries('statement_outcome')).at(-1);
  assert.equal(outcome?.result, 'unknown');
});
