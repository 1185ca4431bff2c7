import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import type { Cluster } from '../../../test/helpers/postgres.ts';
import type { EntryDraft } from '../entry/entry.ts';
import { type EntryFilter, parseWhen } from './entry-filter.ts';
import { type LedgerPool, makeLedgerPool } from '../ledger-pool.ts';
import { type ShowOptions, showEntries } from './show.ts';
import { migratedLedger, startLedgerPostgres } from '../testing.ts';
import { type LedgerWriter, makeLedger } from '../write/make-ledger.ts';
import { hashOf } from '../chain/seal.ts';

let cluster: Cluster;
let ledger: LedgerWriter;
let pool: LedgerPool;
before(async () => {
  cluster = await startLedgerPostgres();
  const connection = await migratedLedger(cluster);
  ledger = makeLedger({ connection, replica: 'r', version: 'test', graceMs: 1_000 });
  // As the auditor, who may read entries and nothing else.
  pool = makeLedgerPool({ connection: { ...connection, user: 'sudoql_auditor', password: 'for tests: auditor' } });
  await ledger.append(session('s1', 'ana', 'shop'));
  await ledger.append(session('s2', 'ben', 'stock'));
  await ledger.append({
    kind: 'elevation_refused',
    reason: 'because',
    codes: ['freeze'],
    revision: null,
    decided: null,
    session: 's2',
    principal: 'ben',
    target: 'stock',
  });
});
after(async () => {
  await ledger?.close();
  await pool?.close();
  await cluster?.remove();
});

const session = (id: string, principal: string, target: string, name = 'psql'): EntryDraft => ({
  kind: 'session_started',
  via: 'tcp',
  application_name: name,
  client_address: '127.0.0.1',
  principal_kind: 'human',
  token: 'tok_1',
  session: id,
  principal,
  target,
});
async function shown(options: Partial<ShowOptions>): Promise<string[]> {
  const out = new PassThrough();
  const reading = text(out);
  const count = await showEntries(pool, out, { filter: {}, ...options });
  out.end();
  const lines = (await reading).split('\n').slice(0, -1);
  assert.equal(lines.length, count);
  return lines;
}

test('each filter narrows, and all together', async () => {
  const kinds = async (filter: EntryFilter) =>
    (await shown({ filter, json: true }))
      .map((line) => JSON.parse(line).kind as string)
      .filter((kind) => !/^gateway/.test(kind));
  assert.deepEqual(await kinds({}), ['session_started', 'session_started', 'elevation_refused']);
  assert.deepEqual(await kinds({ principal: 'ana' }), ['session_started']);
  assert.deepEqual(await kinds({ target: 'stock', kinds: ['elevation_refused'] }), ['elevation_refused']);
  assert.deepEqual(await kinds({ session: 's2' }), ['session_started', 'elevation_refused']);
  assert.deepEqual(await kinds({ elevation: 'none' }), []);
  assert.deepEqual(await kinds({ since: new Date(Date.now() + 60_000) }), []);
  assert.deepEqual(await kinds({ until: new Date(Date.now() - 60_000) }), []);
  assert.deepEqual(await kinds({ principal: "ana' OR true --" }), []);
});

test('an entry is shown for what its text says, not for what was written into its columns', async () => {
  const forged = "UPDATE entry SET principal = 'eve' WHERE session = 's1'";
  await cluster.sql(forged, 'ledger');
  try {
    assert.deepEqual(await shown({ filter: { principal: 'eve' } }), []);
    assert.match((await shown({ filter: { session: 's1' } }))[0] ?? '', / ana /);
  } finally {
    await cluster.sql("UPDATE entry SET principal = 'ana' WHERE session = 's1'", 'ledger');
  }
});

test('the limit keeps the newest, oldest first; without one all are shown, page by page', async () => {
  const last = await shown({ limit: 2, json: true });
  assert.deepEqual(
    last.map((line) => JSON.parse(line).kind),
    ['session_started', 'elevation_refused'],
  );
  await Promise.all(Array.from({ length: 1_200 }, (_, n) => ledger.append(session(`many${n}`, 'cleo', 'shop'))));
  const all = await shown({ limit: null, filter: { principal: 'cleo' }, json: true });
  assert.equal(new Set(all).size, 1_200);
});

test('a JSON line without its hash is the text that was hashed', async () => {
  for (const line of await shown({ limit: 5, json: true })) {
    const [, body, hash] = /^(.*),"hash":"([0-9a-f]{64})"}$/.exec(line) ?? [];
    assert.equal(hashOf(`${body}}`), hash);
  }
});

test("what a client sent cannot act on the reader's terminal, and lines fit it", async () => {
  const nasty = `\x1b[2J\x1b]0;owned\x07 a\u202eb\nforged line 数据库`;
  await ledger.append(session('nasty', 'dora', 'shop', nasty));
  const [line] = await shown({ filter: { session: 'nasty' } });
  assert.ok(line);
  assert.doesNotMatch(line, /[\p{Cc}\p{Cf}]/u);
  assert.match(line, /dora .*forged line/);
  const [short] = await shown({ filter: { session: 'nasty' }, columns: 60 });
  assert.ok(short?.endsWith('…'));
});

test('following shows what is recorded from then on, each entry once', async () => {
  const out = new PassThrough();
  const abort = new AbortController();
  const following = showEntries(pool, out, { filter: { principal: 'eve' }, json: true, follow: abort.signal });
  const seen: string[] = [];
  const enough = new Promise<void>((resolve) => {
    out.on('data', (data: Buffer) => {
      seen.push(
        ...data
          .toString()
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line).session as string),
      );
      if (seen.length === 2) resolve();
    });
  });
  await ledger.append(session('f1', 'eve', 'shop'));
  await ledger.append(session('not hers', 'mallory', 'shop'));
  await ledger.append(session('f2', 'eve', 'shop'));
  await enough;
  abort.abort();
  await following;
  assert.deepEqual(seen, ['f1', 'f2']);
});

test('times: ago, a day, a moment with or without a zone; anything else is refused', () => {
  const now = new Date('2026-11-30T12:00:00Z');
  const iso = (text: string) => parseWhen(text, now)?.toISOString() ?? null;
  assert.equal(iso('2h'), '2026-11-30T10:00:00.000Z');
  assert.equal(iso('30 min'), '2026-11-30T11:30:00.000Z');
  assert.equal(iso('7d'), '2026-11-23T12:00:00.000Z');
  assert.equal(iso('2026-11-01'), '2026-11-01T00:00:00.000Z');
  assert.equal(iso('2026-11-01 08:30'), '2026-11-01T08:30:00.000Z');
  assert.equal(iso('2026-11-01T08:30:00+02:00'), '2026-11-01T06:30:00.000Z');
  for (const bad of ['soon', '-2h', '2026-13-01', '1', '']) assert.equal(iso(bad), null);
});
