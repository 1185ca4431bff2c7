import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type pg from 'pg';
import type { Cluster } from '../../../test/helpers/postgres.ts';
import type { ElevationRecords, Place } from './elevation-records.ts';
import type { EntryDraft } from '../entry/entry.ts';
import { type LedgerPool, makeLedgerPool } from '../ledger-pool.ts';
import { systemClock } from '../../contract/clock.ts';
import { makeReadLog, readsLost } from '../write/read-log.ts';
import { makeWriteLog, writesLost } from '../write/write-log.ts';
import { makeElevationRecords } from './make-elevation-records.ts';
import { migratedLedger, startLedgerPostgres } from '../testing.ts';
import { type LedgerWriter, makeLedger } from '../write/make-ledger.ts';

let cluster: Cluster;
let connection: pg.ClientConfig;
let pool: LedgerPool;
let ledger: LedgerWriter;
let records: ElevationRecords;
before(async () => {
  cluster = await startLedgerPostgres();
  connection = await migratedLedger(cluster);
  pool = makeLedgerPool({ connection });
  ledger = makeLedger({ connection, replica: 'r1', version: 'test', graceMs: 1_000 });
  records = makeElevationRecords({ pool, ledger });
});
after(async () => {
  await ledger?.close();
  await pool?.close();
  await cluster?.remove();
});

const who = { session: 's1', principal: 'ana', target: 'shop' };
const started = (elevation: string, more: object = {}): EntryDraft => ({
  kind: 'elevation_started',
  elevation,
  reason: 'fix order 4211',
  seconds: 900,
  deadline: '2030-01-01T00:00:00.000Z',
  by: 'in-band',
  revision: 'rev',
  decided: null,
  writer_pid: 42,
  writer_started: '2029-12-31 23:00:00+00',
  ...who,
  ...more,
});
const summary = { statements: 1, failed: 0, rows: {}, leftBehind: [], rolledBack: false, backend: 'gone' as const };

test('an elevation is live until its end is recorded, with its latest deadline', async () => {
  await ledger.append(started('e1'));
  await ledger.append({
    kind: 'elevation_extended',
    elevation: 'e1',
    reason: 'more',
    seconds: 900,
    deadline: '2030-01-01T01:00:00.000Z',
    revision: 'rev',
    decided: null,
    ...who,
  });
  const record = await records.show('e1');
  assert.equal(record?.state, 'live');
  assert.equal(record?.replica, 'r1');
  assert.deepEqual(record?.writer, { pid: 42, startedAt: '2029-12-31 23:00:00+00' });
  assert.equal(record?.deadline.toISOString(), '2030-01-01T01:00:00.000Z');
  await ledger.append({ kind: 'elevation_ended', elevation: 'e1', why: 'unsudo', seconds: 5, summary, ...who });
  const ended = await records.show('e1');
  assert.equal(ended?.state, 'ended');
  assert.equal(ended?.why, 'unsudo');
  assert.deepEqual(ended?.summary, summary);
  assert.equal(await records.show('nothing'), null);
});

test('lists by state, principal, target and process', async () => {
  await ledger.append(started('e2', { principal: 'ben', target: 'stock' }));
  const ids = async (filter: Parameters<ElevationRecords['list']>[0]) =>
    (await records.list(filter)).map(({ id }) => id);
  assert.deepEqual(await ids({}), ['e2', 'e1']);
  assert.deepEqual(await ids({ live: true }), ['e2']);
  assert.deepEqual(await ids({ live: false }), ['e1']);
  assert.deepEqual(await ids({ principal: 'ana' }), ['e1']);
  assert.deepEqual(await ids({ target: 'stock', replica: 'r1' }), ['e2']);
  assert.deepEqual(await ids({ replica: 'r2' }), []);
  assert.deepEqual(await ids({ limit: 1 }), ['e2']);
});

test('revoking is recorded once, with what belongs to it, and only for what is live', async () => {
  await ledger.append(started('e3'));
  // Two connections, so that both look before either revokes.
  await Promise.all([records.show('e3'), records.show('e3')]);
  const told: string[] = [];
  const revoke = () =>
    records.revoke('e3', { principal: 'sec' }, (draft, mark, record) =>
      ledger.transaction([draft], async (client) => {
        await mark(client);
        told.push(record.id);
      }),
    );
  assert.deepEqual(await Promise.all([revoke(), revoke()]), [true, true]);
  assert.equal(await revoke(), true);
  const rows = (await cluster.sql("SELECT body FROM entry WHERE kind = 'elevation_revoked'", 'ledger')).rows;
  assert.equal(rows.length, 1);
  assert.deepEqual(told, ['e3']);
  assert.deepEqual((await records.show('e3'))?.revokedBy, { principal: 'sec' });
  await ledger.append({ kind: 'elevation_ended', elevation: 'e3', why: 'revoked', seconds: 5, summary, ...who });
  assert.equal(await revoke(), false);
  assert.equal(await records.revoke('nothing', { principal: 'sec' }), false);
});

test("a dead process's writes without a result are found by their elevation and numbers", async () => {
  const form = { fingerprint: 'f', normalized: 'UPDATE', type: 'UpdateStmt', effects: ['write'], relations: [] };
  const of = { ...who, session: 'writes open' };
  await ledger.append({
    ...{ kind: 'session_started', via: 'tcp', application_name: 'psql', client_address: '127.0.0.1' },
    ...{ principal_kind: 'human', token: 'tok_1', ...of },
  });
  const writes = makeWriteLog({ ...of, clock: systemClock });
  const begin = (elevation: string) =>
    writes.begin({ form: { ...form, revision: 'rev', decided: null }, elevation, commits: null });
  const result = { result: 'ok', sqlstate: null, rows: 1, durationMs: 2.5 } as const;
  const record = async () => {
    for (let taken = writes.take(); taken; taken = writes.take()) await ledger.append(taken.draft);
  };
  const [, late] = [begin('one'), begin('one')];
  begin('two');
  await record();
  writes.end(late, { ...result, transaction: 'open' });
  await record();
  assert.deepEqual(await records.openExecutions('r1'), [
    { ...of, elevation: 'one', numbers: [1] },
    { ...of, elevation: 'two', numbers: [3] },
  ]);
  for (const [elevation, number] of [
    ['one', 1],
    ['two', 3],
  ] as const)
    await ledger.append(writesLost({ ...of, elevation }, [number]));
  assert.deepEqual(await records.openExecutions('r1'), []);
});

test('a revocation whose notices cannot be queued is none', async () => {
  await ledger.append(started('e4'));
  await assert.rejects(
    records.revoke('e4', { principal: 'sec' }, async () => {
      throw new Error('no channel');
    }),
    /no channel/,
  );
  assert.equal((await records.show('e4'))?.revokedBy, null);
});

test("a dead process's statements without an outcome are found, of sessions that did not end", async () => {
  const intent = (statement: string, session: string): EntryDraft => ({
    kind: 'statement_intent',
    statement,
    mode: 'write',
    elevation: null,
    fingerprint: 'f',
    normalized: 'UPDATE orders SET done = $1',
    type: 'update',
    effects: ['write'],
    relations: ['public.orders'],
    revision: 'rev',
    decided: null,
    ...who,
    session,
  });
  const outcome = (statement: string, session: string): EntryDraft => ({
    kind: 'statement_outcome',
    statement,
    elevation: null,
    result: 'ok',
    sqlstate: null,
    rows: 1,
    duration_ms: 1,
    ...who,
    session,
  });
  for (const session of ['open', 'over']) {
    await ledger.append({
      kind: 'session_started',
      via: 'tcp',
      application_name: 'psql',
      client_address: '127.0.0.1',
      principal_kind: 'human',
      token: 'tok_1',
      ...who,
      session,
    });
    await ledger.append(intent(`${session}-done`, session));
    await ledger.append(outcome(`${session}-done`, session));
  }
  await ledger.append(intent('cut off', 'open'));
  await ledger.append({ kind: 'session_ended', why: 'closed', statements: 1, ...who, session: 'over' });
  assert.deepEqual(await records.openIntents('r1'), [
    { statement: 'cut off', ...who, session: 'open', elevation: null },
  ]);
  assert.deepEqual(await records.openIntents('r2'), []);
  await ledger.append(outcome('cut off', 'open'));
  assert.deepEqual(await records.openIntents('r1'), []);
});

test("a dead process's reads without a result are found by their numbers, of sessions that did not end", async () => {
  const form = { fingerprint: 'f', normalized: 'SELECT', type: 'SelectStmt', effects: ['read'], relations: [] };
  const session = {
    kind: 'session_started',
    via: 'tcp',
    application_name: 'psql',
    client_address: '127.0.0.1',
  } as const;
  for (const id of ['reads open', 'reads over'])
    await ledger.append({ ...session, principal_kind: 'human', token: 'tok_1', ...who, session: id });
  const reads = (id: string) => makeReadLog({ ...who, session: id, clock: systemClock, gathers: () => {} });
  const [open, over] = [reads('reads open'), reads('reads over')];
  const begin = (log: typeof open) => log.begin({ ...form, revision: 'rev', decided: null });
  const result = { result: 'ok', sqlstate: null, rows: 1, durationMs: 2.5 } as const;
  const record = async (log: typeof open) => ledger.append(log.take() as EntryDraft);
  const [done, late] = [begin(open), begin(open)];
  begin(open);
  begin(over);
  open.end(done, result);
  await record(open);
  await record(over);
  open.end(late, result);
  begin(open);
  await record(open);
  await ledger.append({ kind: 'session_ended', why: 'closed', statements: 1, ...who, session: 'reads over' });
  assert.deepEqual(await records.openExecutions('r1'), [
    { ...who, session: 'reads open', elevation: null, numbers: [3, 4] },
  ]);
  assert.deepEqual(await records.openExecutions('r2'), []);
  await ledger.append(readsLost({ ...who, session: 'reads open' }, [3, 4]));
  assert.deepEqual(await records.openExecutions('r1'), []);
});

test('a list is cut after it is known whose may be seen: newer ones of others take no place, and pages go on where the last ended', async () => {
  const since = new Date();
  for (const n of [1, 2, 3, 4, 5]) await ledger.append(started(`own${n}`, { principal: 'ida', session: `ida${n}` }));
  await Promise.all(
    Array.from({ length: 60 }, (_, n) =>
      ledger.append(started(`other${n}`, { principal: `p${n % 7}`, session: `o${n}` })),
    ),
  );
  const pairs = await records.pairs({ since });
  assert.equal(pairs.length, 8);
  const among = pairs.filter(({ principal }) => principal === 'ida');
  const pages: string[][] = [];
  let after: Place | undefined;
  for (;;) {
    const page = await records.list({ since, among, limit: 2, ...(after ? { after } : {}) });
    if (page.length === 0) break;
    pages.push(page.map(({ id }) => id));
    after = page.at(-1)?.place;
  }
  assert.deepEqual(pages, [['own5', 'own4'], ['own3', 'own2'], ['own1']]);
  assert.deepEqual(await records.list({ until: since, among }), []);
  assert.deepEqual(await records.list({ since, among: [{ principal: 'ida', target: 'elsewhere' }] }), []);
});
