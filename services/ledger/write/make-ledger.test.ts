import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type pg from 'pg';
import type { Cluster } from '../../../test/helpers/postgres.ts';
import { until, within } from '../../../test/helpers/until.ts';
import { canonical } from '../chain/canonical.ts';
import type { EntryDraft } from '../entry/entry.ts';
import { LedgerUnavailable } from '../ledger.ts';
import { hashOf } from '../chain/seal.ts';
import { migratedLedger, startLedgerPostgres } from '../testing.ts';
import { type LedgerOptions, type LedgerWriter, makeLedger } from './make-ledger.ts';

let cluster: Cluster;
let connection: pg.ClientConfig;
before(async () => {
  cluster = await startLedgerPostgres();
  connection = await migratedLedger(cluster);
});
after(async () => {
  await Promise.all(opened.map((ledger) => ledger.close()));
  await cluster?.remove();
});

const opened: LedgerWriter[] = [];
const open = (more: Partial<LedgerOptions> = {}): LedgerWriter => {
  const ledger = makeLedger({ connection, replica: 'r1', version: 'test', graceMs: 1_000, ...more });
  opened.push(ledger);
  return ledger;
};
const ended = (n: number): EntryDraft => ({
  kind: 'session_ended',
  session: `s${n}`,
  principal: 'ana',
  target: 'shop',
  why: 'closed',
  statements: n,
});
const read = (n: number): EntryDraft => ({
  kind: 'statement_intent',
  statement: `st${n}`,
  session: `s${n}`,
  principal: 'ana',
  target: 'shop',
  mode: 'read',
  elevation: null,
  fingerprint: 'f',
  normalized: 'SELECT $1',
  type: 'select',
  effects: ['read'],
  relations: [],
  revision: 'rev',
  decided: null,
});
const rows = async (text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> =>
  (await cluster.sql(text, 'ledger', values)).rows;
const chainOf = (chain: string) => rows('SELECT * FROM entry WHERE chain = $1 ORDER BY seq', [chain]);

test('promise 7: a chain begins with its predecessor, and each entry is one canonical text that holds the hash before', async () => {
  const first = open();
  await first.ready;
  await Promise.all([1, 2, 3, 4, 5].map((n) => first.append(ended(n))));
  const head = first.head;
  await first.close();
  const second = open();
  await second.append(ended(6));
  await second.close();
  const entries = await chainOf(second.chain);
  const begun = JSON.parse(String(entries[0]?.body));
  assert.equal(begun.kind, 'gateway_started');
  assert.equal(begun.predecessor.chain, first.chain);
  assert.equal(begun.predecessor.seq, (head?.seq ?? 0) + 1);
  let previous = begun.predecessor.hash;
  for (const [index, { body, hash, seq, at }] of entries.entries()) {
    const parsed = JSON.parse(String(body));
    assert.equal(canonical(parsed), body);
    assert.equal(parsed.previous_hash, previous);
    assert.equal(parsed.seq, index + 1);
    assert.equal(Number(seq), index + 1);
    assert.equal((at as Date).toISOString(), parsed.at);
    assert.equal(hashOf(String(body)), hash);
    previous = hash;
  }
});

test('concurrent appends share commits, and each is told its own place', async () => {
  const ledger = open();
  await ledger.ready;
  const recorded = await Promise.all(Array.from({ length: 300 }, (_, n) => ledger.append(ended(n))));
  const entries = await chainOf(ledger.chain);
  for (const [n, { seq, hash }] of recorded.entries()) {
    const entry = entries[seq - 1];
    assert.equal(entry?.hash, hash);
    assert.equal(JSON.parse(String(entry?.body)).statements, n);
  }
  const { rows: commits } = await cluster.sql(
    'SELECT count(DISTINCT xmin::text)::int AS n FROM entry WHERE chain = $1',
    'ledger',
    [ledger.chain],
  );
  assert.ok(commits[0].n < 100, `${commits[0].n} transactions`);
  await ledger.close();
});

test('promise 6: a queued entry is durable within a second with nobody waiting for it, and before what is appended later', async () => {
  const ledger = open();
  await ledger.ready;
  ledger.queue(ended(1));
  await within(1_000, 'it is there', async () => (await chainOf(ledger.chain)).some((e) => e.kind === 'session_ended'));
  ledger.queue(ended(2));
  const { seq } = await ledger.append(ended(3));
  const entries = await chainOf(ledger.chain);
  assert.equal(JSON.parse(String(entries[seq - 2]?.body)).statements, 2);
  await ledger.close();
});

test('what belongs to entries is committed with them, or neither is', async () => {
  await rows('CREATE TABLE belongs (n int PRIMARY KEY, seq int); GRANT SELECT, INSERT ON belongs TO sudoql_gateway');
  const ledger = open();
  await ledger.ready;
  const value = await ledger.transaction([ended(1), ended(2)], async (client, recorded) => {
    await client.query('INSERT INTO belongs VALUES (1, $1)', [recorded[1]?.seq]);
    return recorded.length;
  });
  assert.equal(value, 2);
  const before = ledger.head;
  class Mine extends Error {}
  await assert.rejects(
    ledger.transaction([ended(3)], async (client) => {
      await client.query('INSERT INTO belongs VALUES (2, 0)');
      throw new Mine();
    }),
    Mine,
  );
  await assert.rejects(
    ledger.transaction([ended(3)], (client) => client.query('INSERT INTO belongs VALUES (1, 0)')),
    { code: '23505' },
  );
  await assert.rejects(
    ledger.transaction([ended(3)], (client) => client.query('SELECT 1/0').catch(() => undefined)),
    /passed over/,
  );
  assert.deepEqual(ledger.head, before);
  assert.deepEqual(await rows('SELECT n FROM belongs'), [{ n: 1 }]);
  const next = await ledger.append(ended(4));
  assert.equal(next.seq, (before?.seq ?? 0) + 1);
  await ledger.close();
});

test('what has no canonical text is refused before it is waited for', async () => {
  const ledger = open();
  await ledger.ready;
  for (const why of ['a\0b', 'half \ud800']) {
    await assert.rejects(ledger.append({ ...ended(1), why } as EntryDraft));
    assert.throws(() => ledger.queue({ ...ended(1), why } as EntryDraft));
  }
  const kept: object = { ...ended(1), why: 'a backslash \\u0000 and "quotes"', chain: 'forged', seq: 99 };
  const { seq, chain } = await ledger.append(kept as EntryDraft);
  assert.equal(chain, ledger.chain);
  assert.notEqual(seq, 99);
  await ledger.close();
});

test('parts of decisions are kept once by content, no later than the entry that needs them', async () => {
  const ledger = open();
  await ledger.ready;
  const facts = { type: 'select', relations: ['public.orders'] };
  const hash = ledger.keep(facts);
  assert.equal(ledger.keep({ relations: ['public.orders'], type: 'select' }), hash);
  await ledger.append(ended(1));
  assert.equal(ledger.keep(facts), hash);
  await ledger.append(ended(2));
  const kept = await rows('SELECT part FROM kept WHERE hash = $1', [hash]);
  assert.deepEqual(kept, [{ part: canonical(facts) }]);
  assert.equal(hash, hashOf(canonical(facts)).slice(0, 32));
  await ledger.close();
});

test('what gathers is asked for within the flush time, and once more at the end', async () => {
  const ledger = open();
  await ledger.ready;
  let n = 0;
  const gathers = ledger.gather('ana', () => {
    const one = n === 0 ? null : ended(n);
    n = 0;
    return one;
  });
  const seen = async () => (await chainOf(ledger.chain)).filter((e) => e.kind === 'session_ended').length;
  gathers('statement');
  n = 1;
  gathers('statement');
  await within(1_000, 'it is there', async () => (await seen()) === 1);
  n = 2;
  gathers('statement');
  await ledger.close();
  assert.equal(await seen(), 2);
  assert.throws(() => gathers('statement'), LedgerUnavailable);
});

test('what gathered in large parts is handed in part by part, and others have turns of the loop between', async () => {
  const ledger = open();
  await ledger.ready;
  const PARTS = 40;
  let given = 0;
  const all = Promise.withResolvers<void>();
  ledger.gather('ana', () => {
    if (given === PARTS) {
      all.resolve();
      return null;
    }
    const until = performance.now() + 3;
    while (performance.now() < until);
    return ended(++given);
  })('statement');
  const seenAt = new Set<number>();
  let done = false;
  const turn = () => {
    seenAt.add(given);
    if (!done) setImmediate(turn);
  };
  turn();
  await all.promise;
  done = true;
  assert.ok(seenAt.size >= PARTS / 4, `${seenAt.size} turns`);
  await ledger.close();
  assert.equal((await chainOf(ledger.chain)).filter((e) => e.kind === 'session_ended').length, PARTS);
});

test("chains anchor each other's heads, and fall silent when nothing but anchors was written", async () => {
  const one = open({ replica: 'one', anchorMs: 20 });
  const two = open({ replica: 'two', anchorMs: 20 });
  await Promise.all([one.ready, two.ready]);
  const { seq, hash } = await one.append(ended(1));
  const anchored = () =>
    rows("SELECT FROM entry WHERE chain = $1 AND kind = 'chain_anchor' AND body::jsonb -> 'of' ->> 'hash' = $2", [
      two.chain,
      hash,
    ]);
  await until(`entry ${seq} is anchored`, async () => (await anchored()).length === 1);
  const count = async () => Number((await rows('SELECT count(*) FROM entry'))[0]?.count);
  let before = await count();
  await until('no more anchors come', async () => {
    const earlier = before;
    await new Promise((resolve) => setTimeout(resolve, 100));
    before = await count();
    return before === earlier;
  });
  await one.close();
  await until("one's end is anchored", async () => {
    const [last] = await rows('SELECT hash FROM entry WHERE chain = $1 ORDER BY seq DESC LIMIT 1', [one.chain]);
    const found = await rows("SELECT FROM entry WHERE kind = 'chain_anchor' AND body::jsonb -> 'of' ->> 'hash' = $1", [
      last?.hash,
    ]);
    return found.length === 1;
  });
  await two.close();
});

test('a table that refuses entries refuses appends at once, keeps what was queued, and the chain goes on without a gap', async () => {
  const ledger = open({ graceMs: 200 });
  await ledger.ready;
  await rows('ALTER TABLE entry RENAME TO entry_away');
  ledger.queue(ended(1));
  await assert.rejects(ledger.append(ended(2)), LedgerUnavailable);
  await assert.rejects(
    ledger.transaction([ended(3)], async () => {}),
    LedgerUnavailable,
  );
  await until('the grace is over', () => !ledger.acceptsReads);
  assert.throws(() => ledger.queue(read(4)), LedgerUnavailable);
  // For what is over there is room.
  ledger.queue(ended(4));
  assert.match(ledger.problem ?? '', /entry/);
  await rows('ALTER TABLE entry_away RENAME TO entry');
  await until('it records again', () => ledger.acceptsReads);
  const { seq } = await ledger.append(ended(5));
  const entries = await chainOf(ledger.chain);
  assert.deepEqual(
    entries.map((e) => Number(e.seq)),
    entries.map((_, index) => index + 1),
  );
  const statements = entries.flatMap((e) => JSON.parse(String(e.body)).statements ?? []);
  assert.deepEqual(statements, [1, 4, 5]);
  assert.equal(seq, entries.length);
  await ledger.close();
});
