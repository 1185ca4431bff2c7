// The ledger's database stops, hangs, or answers nobody: what was confirmed is there, what was not is not acted upon.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import type pg from 'pg';
import type { Cluster } from '../../../test/helpers/postgres.ts';
import { until, within } from '../../../test/helpers/until.ts';
import { systemClock } from '../../contract/clock.ts';
import type { EntryDraft } from '../entry/entry.ts';
import { LedgerUnavailable } from '../ledger.ts';
import { makeLedgerPool } from '../ledger-pool.ts';
import { migratedLedger, startLedgerPostgres } from '../testing.ts';
import { type FaultyProxy, startFaultyProxy } from '../testing-proxy.ts';
import { type LedgerOptions, type LedgerWriter, makeLedger } from './make-ledger.ts';
import { makeReadLog } from './read-log.ts';

let cluster: Cluster;
let direct: pg.ClientConfig;
let proxy: FaultyProxy;
const opened: LedgerWriter[] = [];
before(async () => {
  cluster = await startLedgerPostgres();
  direct = await migratedLedger(cluster);
  proxy = await startFaultyProxy(cluster.port);
});
beforeEach(() => proxy.heal());
after(async () => {
  proxy?.heal();
  await Promise.all(opened.map((ledger) => ledger.close()));
  await proxy?.close();
  await cluster?.remove();
});

/** Ten times what an answer takes on a loaded machine; each that is held back is waited for so long. */
const TIMEOUT = 2_000;
async function open(more: Partial<LedgerOptions> = {}): Promise<LedgerWriter> {
  const ledger = makeLedger({
    connection: { ...direct, port: proxy.port },
    replica: 'r',
    version: 'test',
    graceMs: 400,
    timeoutMs: TIMEOUT,
    ...more,
  });
  opened.push(ledger);
  await ledger.ready;
  // After it, what a new chain does by itself: months and anchors.
  await ledger.append(numbered(0));
  return ledger;
}
/** Of a kind that is refused when there is no room for it. */
const numbered = (n: number): EntryDraft => ({
  kind: 'session_started',
  session: 's',
  principal: 'ana',
  target: 'shop',
  via: 'tcp',
  application_name: String(n),
  client_address: '',
  principal_kind: 'human',
  token: 't',
});
async function numbersOf(ledger: LedgerWriter): Promise<number[]> {
  const { rows } = await cluster.sql('SELECT body FROM entry WHERE chain = $1 ORDER BY seq', 'ledger', [ledger.chain]);
  const entries = (rows as { body: string }[]).map(({ body }) => JSON.parse(body));
  assert.deepEqual(
    entries.map(({ seq }) => seq),
    entries.map((_, index) => index + 1),
    'the chain has neither gap nor fork',
  );
  return entries.flatMap(({ application_name: name }) => (name === undefined ? [] : Number(name))).slice(1);
}
async function failure(act: Promise<unknown>): Promise<LedgerUnavailable> {
  const start = performance.now();
  const error = await act.then(
    () => assert.fail('It was confirmed.'),
    (error: unknown) => error,
  );
  assert.ok(error instanceof LedgerUnavailable, String(error));
  assert.ok(performance.now() - start < TIMEOUT * 10, `${performance.now() - start} ms`);
  return error;
}

test('promise 6: the server is stopped and started under load: every confirmed entry is there, in one chain', async () => {
  const ledger = await open();
  const confirmed: number[] = [];
  let refused = 0;
  let n = 0;
  const load = async () => {
    while (refused < 20 || !ledger.acceptsReads) {
      const mine = ++n;
      await ledger.append(numbered(mine)).then(
        () => confirmed.push(mine),
        () => refused++,
      );
      if (refused >= 500) break;
    }
  };
  const loads = Promise.all(Array.from({ length: 20 }, load));
  await until('it is under load', () => confirmed.length > 200);
  await cluster.stop();
  await until('something was refused', () => refused > 0);
  await cluster.start();
  await loads;
  const last = await ledger.append(numbered(1_000_000));
  const found = new Set(await numbersOf(ledger));
  assert.deepEqual(
    confirmed.filter((number) => !found.has(number)),
    [],
  );
  assert.equal(last.seq, ledger.head?.seq);
});

test('a half-open connection is noticed and replaced within the time that an append may take', async () => {
  const ledger = await open();
  const before = proxy.connections;
  proxy.hold(['up', 'down']);
  await ledger.append(numbered(1));
  assert.ok(proxy.connections > before);
  assert.deepEqual(await numbersOf(ledger), [1]);
});

test('a commit whose answer was lost is found when connected again, and is not made twice', async () => {
  const ledger = await open();
  proxy.hold(['down']);
  const recorded = await ledger.append(numbered(1));
  proxy.hold(['down']);
  const value = await ledger.transaction([numbered(2)], async () => 'value').catch((error: unknown) => error);
  const next = await ledger.append(numbered(3));
  assert.ok(next.seq > recorded.seq);
  const found = await numbersOf(ledger);
  // A transaction has several answers: at the first that is missing nothing was committed, and nobody was told that it was.
  assert.deepEqual(found, value === 'value' ? [1, 2, 3] : [1, 3]);
});

test('a commit that nobody can confirm in time is refused; later it is told whether it is in the record', async () => {
  const ledger = await open();
  proxy.hold(['down'], true);
  const there = await failure(ledger.append(numbered(1)));
  assert.ok(there.committed);
  proxy.heal();
  assert.equal(await there.committed, true);
  proxy.hold(['up'], true);
  const lost = await failure(ledger.append(numbered(2)));
  proxy.heal();
  // What was held back arrives now, before the old backend is ended or after.
  const late = (await lost.committed) ?? false;
  await ledger.append(numbered(3));
  assert.deepEqual(await numbersOf(ledger), late ? [1, 2, 3] : [1, 3]);
});

test('what a lost connection had sent arrives late, after others took its place, and changes nothing', async () => {
  const ledger = await open();
  proxy.hold(['up'], true);
  const lost = await failure(ledger.append(numbered(1)));
  proxy.admitNew();
  await ledger.append(numbered(2));
  assert.equal(await lost.committed, false);
  proxy.heal();
  await until('the old backend is gone', async () => {
    const { rows } = await cluster.sql(
      `SELECT FROM pg_stat_activity WHERE application_name LIKE 'sudoql ledger r%' AND datname = 'ledger'`,
    );
    return rows.length <= opened.filter((each) => each.problem === null).length;
  });
  await ledger.append(numbered(3));
  assert.deepEqual(await numbersOf(ledger), [2, 3]);
});

test('promise 6: reads go on for the grace and no longer, and what they recorded comes first when the ledger is back', async () => {
  const ledger = await open();
  proxy.hold(['up', 'down'], true);
  let n = 0;
  const took = await within(1_500, 'reads are refused', () => {
    if (!ledger.acceptsReads) return true;
    ledger.queue(numbered(++n));
    return false;
  });
  assert.ok(took >= 350, `${took} ms`);
  assert.throws(() => ledger.queue(numbered(-1)), LedgerUnavailable);
  await failure(ledger.append(numbered(-2)));
  proxy.heal();
  await until('reads may run', () => ledger.acceptsReads);
  await ledger.append(numbered(n + 1));
  assert.deepEqual(
    await numbersOf(ledger),
    Array.from({ length: n + 1 }, (_, index) => index + 1),
  );
});

test('promise 6: a read that ends while the ledger is away beyond the grace has its end in the record when it is back, though nothing follows', async () => {
  const ledger = await open();
  const of = { session: 'idle', principal: 'ana', target: 'shop' };
  const reads = makeReadLog({ ...of, clock: systemClock, gathers: ledger.gather('ana', () => reads.take()) });
  const form = {
    fingerprint: '',
    normalized: 'SELECT',
    type: '',
    effects: [],
    relations: [],
    revision: '',
    decided: null,
  };
  const read = reads.begin(form);
  await until('it is in the record as begun', () => read.number > 0 && ledger.waiting === 0);
  proxy.hold(['up', 'down'], true);
  await until('reads are refused', () => !ledger.acceptsReads);
  assert.throws(() => reads.begin(form), LedgerUnavailable);
  reads.end(read, { result: 'ok', sqlstate: null, rows: 7, durationMs: 1 });
  proxy.heal();
  await until('its end is in the record', async () => {
    const { rows } = await cluster.sql("SELECT body FROM entry WHERE session = 'idle' ORDER BY seq", 'ledger');
    return rows.some(({ body }) => JSON.parse(body as string).ended?.[0]?.rows === 7);
  });
});

test('a process that is held up for longer than an answer may take reads what came meanwhile before it gives the ledger up', async () => {
  const ledger = await open({ graceMs: 60_000, timeoutMs: 2_000 });
  const before = proxy.connections;
  const both = Promise.all([
    ledger.append(numbered(1)),
    ledger.transaction([numbered(2)], async (client) => (await client.query('SELECT 3 AS n')).rows[0]?.n),
  ]);
  // Together less than the server lets a transaction stand still.
  for (const wait of [0, 2_200, 1_500]) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, wait);
  }
  assert.equal((await both)[1], 3);
  assert.equal(proxy.connections, before, 'its connection is kept');
  assert.deepEqual(await numbersOf(ledger), [1, 2]);
});

test('an entry that the table refuses takes no other with it: who waits for it hears so, and the log names it', async () => {
  const said: object[] = [];
  const log = { warn: () => {}, error: (details: object) => void said.push(details) };
  const ledger = await open({ log });
  await cluster.sql(
    `ALTER TABLE entry ADD CONSTRAINT unlucky CHECK (body !~ '"application_name":"(13|14)"') NOT VALID`,
    'ledger',
  );
  try {
    for (let n = 1; n <= 30; n++) if (n !== 14) ledger.queue(numbered(n));
    const [refused] = await Promise.all([failure(ledger.append(numbered(14))), ledger.append(numbered(31))]);
    assert.equal(refused.committed, null);
    await ledger.append(numbered(32));
    const numbers = await numbersOf(ledger);
    assert.deepEqual(
      numbers.toSorted((a, b) => a - b),
      Array.from({ length: 32 }, (_, n) => n + 1).filter((n) => n !== 13 && n !== 14),
    );
    assert.deepEqual(
      said.map((each) => (each as { kinds: string[] }).kinds),
      [['session_started'], ['session_started']],
    );
    assert.equal(ledger.problem, null);
  } finally {
    await cluster.sql('ALTER TABLE entry DROP CONSTRAINT unlucky', 'ledger');
  }
});

test('an idle ledger that went away is noticed without anybody writing', async () => {
  const ledger = await open();
  proxy.hold(['up', 'down'], true);
  await until('reads are refused', () => !ledger.acceptsReads);
  proxy.heal();
  await until('reads may run', () => ledger.acceptsReads);
});

test('the buffer is bounded while the ledger is away', async () => {
  const ledger = await open({ maxQueued: 10, graceMs: 60_000 });
  proxy.hold(['up', 'down'], true);
  assert.throws(() => {
    for (let n = 1; n <= 1_000; n++) ledger.queue(numbered(n));
  }, LedgerUnavailable);
  // What stands for something that is over has room all the same, and nobody waits for room where there will be none soon.
  const outcome = {
    statement: 'st',
    session: 's',
    principal: 'ana',
    target: 'shop',
    elevation: null,
    duration_ms: 1,
  } as const;
  for (let n = 0; n < 100; n++) {
    ledger.queue({ kind: 'statement_outcome', result: 'ok', sqlstate: null, rows: n, ...outcome });
  }
  assert.notEqual(ledger.room('ana', 's'), null);
  proxy.heal();
  await until('there is room', () => ledger.waiting === 0);
  await ledger.append(numbered(0));
  const { rows } = await cluster.sql(
    "SELECT (body::jsonb ->> 'rows')::int AS n FROM entry WHERE chain = $1 AND kind = 'statement_outcome' ORDER BY seq",
    'ledger',
    [ledger.chain],
  );
  assert.deepEqual(
    rows.map(({ n }) => n),
    Array.from({ length: 100 }, (_, n) => n),
  );
});

test('who is held back while the ledger is away goes on when the grace is over, to be refused', async () => {
  const ledger = await open({ maxQueued: 40, graceMs: 300 });
  proxy.hold(['up', 'down'], true);
  let held = 0;
  while (ledger.acceptsReads) {
    const room = ledger.room('ana', 's');
    if (room === null) ledger.queue(numbered(1));
    else {
      held++;
      assert.equal(ledger.room('ben', 'b'), null);
      await room;
    }
  }
  assert.ok(held > 0);
  assert.equal(ledger.room('ana', 's'), null);
  assert.throws(() => ledger.queue(numbered(11)), LedgerUnavailable);
});

test('of entries that are queued together all are taken or none: no statement of a text is left without its outcome', async () => {
  const ledger = await open({ maxQueued: 10, graceMs: 60_000 });
  proxy.hold(['up', 'down'], true);
  for (let n = 1; n <= 9; n++) ledger.queue(numbered(n));
  ledger.queue(numbered(10), numbered(11), numbered(12));
  assert.throws(() => ledger.queue(numbered(13), numbered(14)), LedgerUnavailable);
  proxy.heal();
  await until('there is room', () => ledger.waiting === 0);
  ledger.queue(numbered(15));
  await ledger.append(numbered(16));
  assert.deepEqual(await numbersOf(ledger), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 15, 16]);
});

test('a ledger that lost what it had confirmed is not written on', async () => {
  const ledger = await open();
  await ledger.append(numbered(1));
  await cluster.sql(
    'DELETE FROM entry WHERE chain = $1 AND seq = (SELECT max(seq) FROM entry WHERE chain = $1)',
    'ledger',
    [ledger.chain],
  );
  proxy.hold(['down']);
  await failure(ledger.append(numbered(2)));
  await until('it says so', () => /restored or altered/.test(ledger.problem ?? ''));
  await failure(ledger.append(numbered(3)));
  assert.equal(ledger.acceptsReads, false);
});

test('a ledger that is not there at the start is waited for', async () => {
  proxy.hold(['up', 'down'], true);
  const ledger = makeLedger({
    connection: { ...direct, port: proxy.port },
    replica: 'late',
    version: 'test',
    graceMs: 400,
    timeoutMs: TIMEOUT,
  });
  opened.push(ledger);
  assert.equal(ledger.acceptsReads, false);
  await failure(ledger.append(numbered(1)));
  proxy.heal();
  await ledger.ready;
  await ledger.append(numbered(2));
});

test('closing while the ledger is away ends in time', async () => {
  const ledger = await open();
  proxy.hold(['up', 'down'], true);
  const start = performance.now();
  await ledger.close();
  assert.ok(performance.now() - start < TIMEOUT * 10);
  await assert.rejects(ledger.append(numbered(1)), LedgerUnavailable);
});

test('a question to the ledger has a deadline too, and its connection is not asked again', async () => {
  const pool = makeLedgerPool({ connection: { ...direct, port: proxy.port }, timeoutMs: 1_000, max: 2 });
  await pool.query('SELECT 1');
  proxy.hold(['up', 'down'], true);
  await Promise.all([1, 2, 3, 4].map(() => assert.rejects(pool.query('SELECT 1'), LedgerUnavailable)));
  proxy.heal();
  // A loaded machine may take a second for new connections; those that hung would never answer.
  const answered = await until('all are answered', () =>
    Promise.all([1, 2, 3, 4].map((n) => pool.query('SELECT $1::int AS n', [n]))).catch((error: unknown) => {
      if (error instanceof LedgerUnavailable) return null;
      throw error;
    }),
  );
  assert.deepEqual(answered, [[{ n: 1 }], [{ n: 2 }], [{ n: 3 }], [{ n: 4 }]]);
  await assert.rejects(pool.query('SELECT 1/0'), { code: '22012' });
  await pool.query('SELECT 1');
  proxy.hold(['up', 'down'], true);
  const start = performance.now();
  await pool.close();
  assert.ok(performance.now() - start < 30_000, 'closing waits for nobody');
  await assert.rejects(pool.query('SELECT 1'), LedgerUnavailable);
});
