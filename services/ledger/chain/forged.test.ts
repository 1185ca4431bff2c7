// Promise 7, as whoever got hold of the gateway's login would try it: it may insert, so nothing that it inserts may blind who verifies or reads.
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import pg from 'pg';
import type { Cluster } from '../../../test/helpers/postgres.ts';
import { canonical } from './canonical.ts';
import { makeLedgerPool } from '../ledger-pool.ts';
import { foundBy, hashOf, NO_HASH } from './seal.ts';
import { showEntries } from '../read/show.ts';
import { migratedLedger, startLedgerPostgres } from '../testing.ts';
import { verifyTwice } from '../../../test/helpers/verify-twice.ts';
import { makeLedger } from '../write/make-ledger.ts';

let cluster: Cluster;
let connection: pg.ClientConfig;
/** Of a process that was killed, and of one that stopped in order after it. */
let killed: Head;
let stopped: Head;
before(async () => {
  cluster = await startLedgerPostgres();
  connection = await migratedLedger(cluster);
  const ledger = makeLedger({ connection, replica: 'r', version: 'test', graceMs: 1_000 });
  await ledger.ready;
  for (let n = 1; n <= 3; n++) await ledger.append({ kind: 'session_ended', ...OF, why: `reason ${n}`, statements: n });
  await ledger.close();
  const chain = ledger.chain;
  await cluster.sql("DELETE FROM entry WHERE kind = 'gateway_stopped'", 'ledger');
  const { rows } = await cluster.sql('SELECT seq, hash FROM entry ORDER BY seq DESC LIMIT 1', 'ledger');
  killed = { chain, seq: Number(rows[0]?.seq), hash: String(rows[0]?.hash) };
  const second = makeLedger({ connection, replica: 'r', version: 'test', graceMs: 1_000 });
  await second.ready;
  await second.close();
  assert.ok(second.head);
  stopped = second.head;
  await cluster.sql('CREATE SCHEMA untouched; CREATE TABLE untouched.entry AS TABLE entry', 'ledger');
  await cluster.sql('CREATE TABLE untouched.chain AS TABLE chain', 'ledger');
});
after(() => cluster?.remove());

interface Head {
  chain: string;
  seq: number;
  hash: string;
}
interface Row {
  at: string;
  body: string;
  hash: string;
  chain: string;
  seq: number | string;
  kind: string;
  session: string | null;
  principal: string | null;
  target: string | null;
  elevation: string | null;
  statement: string | null;
}

const OF = { session: 's', principal: 'ana', target: 'shop' };
const AT = '2026-11-30T12:00:00.000Z';

/** What the gateway would have inserted behind `head`. */
function next(head: Head, entry: object): Row {
  const place = { at: AT, chain: head.chain, seq: head.seq + 1, previous_hash: head.hash };
  const body = canonical({ ...place, ...entry });
  const { at, chain, seq, kind } = JSON.parse(body) as Row;
  return { at, body, hash: hashOf(body), chain, seq, kind, ...foundBy(JSON.parse(body)) };
}
const ended = (more: object = {}) => next(killed, { kind: 'session_ended', ...OF, why: 'w', statements: 1, ...more });
/** The same columns beside another text, with that text's hash. */
const said = (body: string, row = ended()): Row => ({ ...row, body, hash: hashOf(body) });
const rewritten = (rewrite: (body: string) => string, row = ended()): Row => said(rewrite(row.body), row);

const AS_IT_WAS = `DELETE FROM entry; INSERT INTO entry SELECT * FROM untouched.entry;
  DELETE FROM chain WHERE chain NOT IN (SELECT chain FROM untouched.chain)`;

/** What verification and show say once rows were inserted with the gateway's login. */
async function forged(rows: readonly Row[], also = async (_: pg.Client) => {}) {
  await cluster.sql(AS_IT_WAS, 'ledger');
  const client = new pg.Client(connection);
  await client.connect();
  try {
    for (const row of rows) {
      const names = Object.keys(row);
      await client.query(
        `INSERT INTO entry (${names.join(', ')}) VALUES (${names.map((_, n) => `$${n + 1}`).join(', ')})`,
        Object.values(row),
      );
    }
    await also(client);
  } finally {
    await client.end();
  }
  const verified = await verifyTwice(connection);
  const pool = makeLedgerPool({ connection });
  const out = new PassThrough();
  const shown = text(out);
  try {
    await showEntries(pool, out, { filter: {}, limit: null });
  } finally {
    await pool.close();
  }
  out.end();
  return { verified, shown: await shown };
}

/** Each is named, at its place, and everything else is shown all the same. */
function found(cases: Record<string, () => Row>, what: RegExp): void {
  for (const [name, row] of Object.entries(cases)) {
    test(`promise 7: forged with the gateway’s login, ${name} is named`, async () => {
      const forgery = row();
      const { verified, shown } = await forged([forgery]);
      const [problem, ...others] = verified.problems;
      assert.deepEqual(
        { chain: problem?.chain, seq: problem?.seq, others },
        { chain: forgery.chain, seq: Number(forgery.seq), others: [] },
      );
      assert.match(problem?.what ?? '', what);
      assert.match(shown, /reason 3/);
      assert.match(shown, /gateway_stopped/);
    });
  }
}

found(
  {
    'a key twice': () => rewritten((body) => body.replace('"principal":"ana"', '"principal":"eve","principal":"ana"')),
    'an escaped letter': () => rewritten((body) => body.replace('"ana"', '"\\u0061na"')),
    'an escaped key': () => rewritten((body) => body.replace('"why"', '"\\u0077hy"')),
    'a blank': () => rewritten((body) => body.replace(',', ', ')),
    'a newline at the end': () => rewritten((body) => `${body}\n`),
    'keys in another order': () => rewritten((body) => `{"why":"w",${body.slice(1).replace(',"why":"w"', '')}`),
    'a number in another form': () => rewritten((body) => body.replace('"statements":1', '"statements":1.0')),
    'a number with an exponent': () => rewritten((body) => body.replace('"statements":1', '"statements":1e0')),
    'minus nothing': () => rewritten((body) => body.replace('"statements":1', '"statements":-0')),
    'a number with more digits than it has': () =>
      rewritten((body) => body.replace('"statements":1', '"statements":1.00000000000000000001')),
    'a number that is none': () => rewritten((body) => body.replace('"statements":1', '"statements":1e999')),
    'half a surrogate pair': () => rewritten((body) => body.replace('"w"', '"\\ud800"')),
    'a NUL': () => rewritten((body) => body.replace('"w"', '"\\u0000"')),
    'a depth without an end': () =>
      rewritten((body) => body.replace('"w"', `${'['.repeat(200_000)}${']'.repeat(200_000)}`)),
  },
  /not as the gateway writes/,
);
found(
  {
    'a text that is no JSON': () => said('no JSON'),
    'a text that is cut off': () => rewritten((body) => body.slice(0, -1)),
    'an empty text': () => said(''),
    null: () => said('null'),
    'a list': () => said('[]'),
    'a number': () => said('17'),
  },
  /not JSON|not as the gateway writes/,
);
found(
  {
    'another principal in the column': () => ({ ...ended(), principal: 'eve' }),
    'a missing column': () => ({ ...ended(), session: null }),
    'a column that the text has not': () => ({ ...ended(), elevation: 'elv' }),
    'another kind in the column': () => ({ ...ended(), kind: 'gateway_stopped' }),
    'a list for a name': () => ended({ principal: ['ana'] }),
    'a number for a name': () => ended({ session: 17 }),
    'an object that has no words': () => ({
      ...ended(),
      ...said(ended().body.replace('"ana"', '{"toString":1,"valueOf":1}')),
    }),
    'a time of another month in the column': () => ({ ...ended(), at: '2026-12-30T12:00:00.000Z' }),
    'a time without an end': () => ({ ...ended(), at: 'infinity' }),
    'a time before all': () => ({ ...ended(), at: '-infinity' }),
    'a time that no calendar has': () => ({ ...ended(), at: '294000-01-01T00:00:00Z' }),
    'a time before Christ': () => ({ ...ended(), at: '0100-01-01 00:00:00 BC' }),
    'a microsecond': () => ({ ...ended(), at: '2026-11-30T12:00:00.000001Z' }),
  },
  /columns are not what its text says/,
);
found(
  {
    'a time in another form': () => ended({ at: '2026-11-30T12:00:00Z' }),
    'a number of its place beyond all numbers': () => ({
      ...rewritten((body) => body.replace(/"seq":\d+/, '"seq":9223372036854775807')),
      seq: '9223372036854775807',
    }),
    'a place that is taken': () => ({ ...next({ ...killed, seq: killed.seq - 1 }, { kind: 'session_ended', ...OF }) }),
    'a place that is taken, at another time': () =>
      next({ ...killed, seq: killed.seq - 1 }, { kind: 'session_ended', ...OF, at: '1999-01-01T00:00:00.000Z' }),
    'a place before the first': () => next({ ...killed, seq: -1 }, { kind: 'session_ended', ...OF }),
    'a place below zero': () => next({ ...killed, seq: -7 }, { kind: 'session_ended', ...OF }),
  },
  /columns|missing|same place|no such place|chained to/,
);
found(
  {
    'a second beginning': () =>
      next(killed, { kind: 'gateway_started', replica: 'r', version: 'v', predecessor: null }),
    'a beginning that goes on from the entry before': () =>
      next(killed, { kind: 'gateway_started', replica: 'r', version: 'v', predecessor: killed }),
    'an anchor of nothing': () => next(killed, { kind: 'chain_anchor', of: null }),
    'an anchor without a hash': () => next(killed, { kind: 'chain_anchor', of: { chain: stopped.chain, seq: 1 } }),
    'an anchor that is a text': () => next(killed, { kind: 'chain_anchor', of: 'x' }),
    'an anchor of a fraction': () => next(killed, { kind: 'chain_anchor', of: { ...stopped, seq: '1' } }),
    'a pruning of no month': () =>
      next(killed, { kind: 'ledger_pruned', month: '9999-99', entries: 1, checkpoints: NO_HASH, actor: null }),
  },
  /not of its kind|begins a chain|index|invalid/,
);

test('promise 7: what is added behind the end of a process that stopped is named', async () => {
  const row = next(stopped, { kind: 'session_ended', ...OF, why: 'w', statements: 1 });
  const { verified } = await forged([row]);
  assert.deepEqual(
    verified.problems.map(({ chain, seq }) => [chain, seq]),
    [[row.chain, row.seq]],
  );
});

test('promise 7: an anchor of what never was is named, with its own place', async () => {
  const row = next(killed, { kind: 'chain_anchor', of: { ...stopped, hash: 'f'.repeat(64) } });
  const { verified } = await forged([row]);
  assert.equal(verified.problems[0]?.chain, stopped.chain);
  assert.match(verified.problems[0]?.what ?? '', new RegExp(`by entry ${row.seq} of chain ${row.chain}`));
});

test('promise 7: a chain that no entry begins, and one whose row says another process', async () => {
  const lone = await forged([], async (client) => {
    await client.query("INSERT INTO chain (chain, replica) VALUES ('forged', 'r')");
  });
  assert.deepEqual(
    lone.verified.problems.map(({ chain }) => chain),
    ['forged'],
  );
  const begun = next(
    { chain: 'forged', seq: 0, hash: stopped.hash },
    {
      kind: 'gateway_started',
      replica: 'r',
      version: 'v',
      predecessor: { chain: stopped.chain, seq: stopped.seq, hash: stopped.hash },
    },
  );
  const other = await forged([begun], async (client) => {
    await client.query("INSERT INTO chain (chain, replica) VALUES ('forged', 'another')");
  });
  assert.deepEqual(
    other.verified.problems.map(({ chain, seq }) => [chain, seq]),
    [['forged', 1]],
  );
});

const FORM = {
  fingerprint: 'f',
  normalized: 'select $1',
  type: 'SELECT',
  effects: ['read'],
  relations: [],
  revision: 'r',
  decided: null,
};
const reads = (more: object = {}, runs: object = {}) => ({
  kind: 'reads',
  ...OF,
  first: 1,
  since: AT,
  forms: [FORM],
  runs: { form: [0, 0], start_us: [0, 5], duration_us: [10, null], rows: [1, null], failed: [], ...runs },
  ended: [],
  ...more,
});

test('promise 7: reads that are as a session writes them are whole', async () => {
  const one = next(killed, reads());
  const two = next(
    { ...one, seq: Number(one.seq) },
    reads({
      first: 3,
      ended: [{ number: 2, result: 'error', sqlstate: '57014', rows: null, duration_us: 99 }],
    }),
  );
  const { verified, shown } = await forged([one, two]);
  assert.deepEqual(verified.problems, []);
  assert.match(shown, /2 × select \$1/);
});

found(
  Object.fromEntries(
    Object.entries({
      'reads with a column too short': reads({}, { rows: [1] }),
      'reads with a column too long': reads({}, { start_us: [0, 5, 6] }),
      'reads without a column': reads({}, { duration_us: undefined }),
      'reads of a form that is not there': reads({}, { form: [0, 1] }),
      'reads of a form below zero': reads({}, { form: [0, -1] }),
      'reads with a fraction': reads({}, { rows: [1.5, null] }),
      'reads with a number beyond all': reads({}, { rows: [1e300, null] }),
      'reads before they began': reads({}, { start_us: [0, -5] }),
      'reads that begin before the one before': reads({}, { start_us: [5, 0] }),
      'reads that failed and are not there': reads({}, { failed: [{ run: 2, result: 'error', sqlstate: null }] }),
      'reads that failed twice': reads(
        {},
        {
          failed: [
            { run: 0, result: 'error', sqlstate: null },
            { run: 0, result: 'unknown', sqlstate: null },
          ],
        },
      ),
      'reads that failed and went well': reads({}, { failed: [{ run: 0, result: 'ok', sqlstate: null }] }),
      'reads that failed and still run': reads({}, { failed: [{ run: 1, result: 'error', sqlstate: null }] }),
      'reads from nothing on': reads({ first: 0 }),
      'reads from a fraction on': reads({ first: 1.5 }),
      'reads without a time': reads({ since: null }),
      'reads at no time': reads({ since: 'yesterday' }),
      'reads that are no columns': reads({ runs: [] }),
      'reads without forms': reads({ forms: undefined }),
      'reads of forms that are none': reads({ forms: [null] }),
      'reads that are neither of the old form nor of the new': reads({ runs: undefined }),
      'ends of reads that are none': reads({ ended: [null] }),
      'ends of reads below one': reads({
        ended: [{ number: 0, result: 'ok', sqlstate: null, rows: 1, duration_us: 1 }],
      }),
    }).map(([name, entry]) => [name, () => next(killed, entry)]),
  ),
  /not of its kind/,
);

const writes = (more: object = {}, runs: object = {}) => ({
  ...reads(more, { transaction: ['committed', null], written: [], commits: [{ run: 1, id: '771' }], ...runs }),
  kind: 'writes',
  ...('elevation' in more ? {} : { elevation: 'elv' }),
});
const WRITTEN = { rows: { 'public.t': 1 }, changed: ['public.u'] };

test('promise 7: writes that are as a session writes them are whole, and numbered apart from its reads', async () => {
  const behind = (row: Row, entry: object) => next({ ...row, seq: Number(row.seq) }, entry);
  const one = next(killed, writes({}, { written: [{ run: 0, ...WRITTEN }] }));
  const two = behind(one, reads());
  const result = { result: 'ok', sqlstate: null, rows: 1, duration_us: 9, transaction: 'committed', written: WRITTEN };
  const three = behind(two, writes({ first: 3, ended: [{ number: 2, ...result }] }));
  const { verified, shown } = await forged([one, two, three]);
  assert.deepEqual(verified.problems, []);
  assert.match(shown, /select \$1: ok, 1 row \(committed: 1 of public\.t, public\.u\); select \$1: running/);
  assert.match(shown, /write 2 ended: ok, 1 row \(committed: 1 of public\.t, public\.u\)/);
});

found(
  Object.fromEntries(
    Object.entries({
      'writes with a column too short': writes({}, { transaction: ['open'] }),
      'writes without a column': writes({}, { rows: undefined }),
      'writes of no elevation': writes({ elevation: null }),
      'writes in a transaction that is none': writes({}, { transaction: ['done', null] }),
      'writes that still run and are committed': writes({}, { transaction: [null, 'committed'] }),
      'writes of a run that is not there': writes({}, { written: [{ run: 2, ...WRITTEN }] }),
      'writes that wrote and were not committed': writes(
        {},
        { transaction: ['rolled_back', null], written: [{ run: 0, ...WRITTEN }] },
      ),
      'writes that wrote less than nothing': writes({}, { written: [{ run: 0, rows: { t: -1 } }] }),
      'writes of tables that are none': writes({}, { written: [{ run: 0, rows: {}, changed: [1] }] }),
      'writes with two ids of a transaction': writes(
        {},
        {
          commits: [
            { run: 1, id: '1' },
            { run: 1, id: '2' },
          ],
        },
      ),
      'writes with an id that is none': writes({}, { commits: [{ run: 1, id: "1'; --" }] }),
      'ends of writes in a transaction that is none': writes({
        ended: [{ number: 1, result: 'ok', sqlstate: null, rows: 1, duration_us: 1, transaction: 'done' }],
      }),
    }).map(([name, entry]) => [name, () => next(killed, entry)]),
  ),
  /not of its kind/,
);

for (const [name, second] of Object.entries({
  'the same numbers': reads(),
  'numbers that overlap': reads({ first: 2 }),
  'the end of one that never ran': reads({
    first: 3,
    ended: [{ number: 9, result: 'ok', sqlstate: null, rows: 1, duration_us: 1 }],
  }),
  'the end of one that had ended': reads({
    first: 3,
    ended: [{ number: 1, result: 'ok', sqlstate: null, rows: 1, duration_us: 1 }],
  }),
})) {
  test(`promise 7: reads of one session with ${name} are named`, async () => {
    const one = next(killed, reads());
    const two = next({ ...one, seq: Number(one.seq) }, second);
    const { verified } = await forged([one, two]);
    assert.deepEqual(
      verified.problems.map(({ chain, seq }) => [chain, seq]),
      [[two.chain, two.seq]],
    );
  });
}

test('promise 7: a hash that stands beside another text is not the head that is looked for', async () => {
  const head = 'ab'.repeat(32);
  await forged([
    { ...ended(), hash: head },
    { ...next({ ...killed, seq: killed.seq + 1 }, { kind: 'session_ended', ...OF }), hash: head },
  ]);
  const { heads, problems } = await verifyTwice(connection, { heads: [head] });
  assert.deepEqual(heads, []);
  assert.ok(problems.some(({ what }) => what.includes(head)));
});

test('promise 7: what the gateway itself wrote is whole', async () => {
  const { verified, shown } = await forged([]);
  assert.deepEqual(verified.problems, []);
  assert.match(shown, /reason 1/);
});

test('promise 7: an entry dated beyond now does not hide from who follows what comes after it', async () => {
  await forged([ended({ at: '9999-12-31T00:00:00.000Z' })]);
  const pool = makeLedgerPool({ connection });
  const abort = new AbortController();
  const out = new PassThrough();
  const found = Promise.withResolvers<void>();
  let told = '';
  out.on('data', (data: Buffer) => {
    told += data.toString();
    if (told.includes('9999-12-31')) seen.resolve();
    if (told.includes('after it')) found.resolve();
  });
  const seen = Promise.withResolvers<void>();
  const following = showEntries(pool, out, { filter: {}, limit: null, follow: abort.signal });
  const ledger = makeLedger({ connection, replica: 'r', version: 'test', graceMs: 1_000 });
  try {
    await seen.promise;
    await ledger.ready;
    await ledger.append({ kind: 'session_ended', ...OF, why: 'after it', statements: 1 });
    await found.promise;
  } finally {
    abort.abort();
    await following;
    await ledger.close();
    await pool.close();
  }
});
