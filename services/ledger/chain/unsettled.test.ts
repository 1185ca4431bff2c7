import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type pg from 'pg';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Cluster } from '../../../test/helpers/postgres.ts';
import type { EntryDraft } from '../entry/entry.ts';
import { makeLedgerPool } from '../ledger-pool.ts';
import { printVerification } from './print-verification.ts';
import { migratedLedger, startLedgerPostgres } from '../testing.ts';
import { makeUnsettledLook } from './unsettled.ts';
import { verifyLedger } from './verify.ts';
import { makeLedger } from '../write/make-ledger.ts';

let cluster: Cluster;
let connection: pg.ClientConfig;
before(async () => {
  cluster = await startLedgerPostgres();
  connection = await migratedLedger(cluster);
});
after(() => cluster?.remove());

const of = (session: string) => ({ session, principal: 'ana', target: 'shop' });
const intent = (session: string, statement: string): EntryDraft => ({
  kind: 'statement_intent',
  ...of(session),
  statement,
  mode: 'write',
  elevation: 'e',
  fingerprint: 'f',
  normalized: 'INSERT INTO t VALUES ($1)',
  type: 'InsertStmt',
  effects: ['write'],
  relations: [],
  revision: 'rev',
  decided: null,
});
const outcome = (session: string, statement: string): EntryDraft => ({
  kind: 'statement_outcome',
  ...of(session),
  statement,
  elevation: 'e',
  result: 'ok',
  sqlstate: null,
  rows: 1,
  duration_ms: 1,
});
/** Numbers of those that begin, and of those that end. */
const writes = (session: string, begun: number, ...ended: number[]): EntryDraft => ({
  kind: 'writes',
  ...of(session),
  elevation: 'e',
  first: begun,
  since: begun === 0 ? null : '2026-11-30T12:00:00.000Z',
  forms: begun === 0 ? [] : [FORM],
  runs: {
    ...(begun === 0
      ? { form: [], start_us: [], duration_us: [], rows: [], transaction: [] }
      : { form: [0], start_us: [0], duration_us: [null], rows: [null], transaction: [null] }),
    ...{ failed: [], written: [], commits: [] },
  },
  ended: ended.map((number) => ({ number, result: 'ok', sqlstate: null, rows: 1, duration_us: 1 })),
});
const FORM = {
  ...{ fingerprint: 'f', normalized: 'INSERT INTO t VALUES ($1)', type: 'InsertStmt', effects: ['write'] },
  ...{ relations: [], revision: 'rev', decided: null },
};
const ended = (session: string): EntryDraft => ({ kind: 'session_ended', ...of(session), why: 'left', statements: 1 });

test('an intent without its outcome is found once its session is over, by the gateway and by verify, until the outcome is there', async () => {
  // Its times are the ledger's: the session ended a minute ago.
  let ago = 60_000;
  const clock = { now: () => new Date(Date.now() - ago), monotonic: () => performance.now() };
  const ledger = makeLedger({ connection, replica: 'r', version: 'test', graceMs: 5_000, clock });
  const pool = makeLedgerPool({ connection, timeoutMs: 10_000 });
  const look = makeUnsettledLook(pool);
  try {
    for (const each of [
      intent('a', 'settled'),
      outcome('a', 'settled'),
      intent('a', 'lost'),
      ended('a'),
      intent('b', 'runs'),
      intent('c', 'a moment ago'),
    ]) {
      await ledger.append(each);
    }
    ago = 0;
    await ledger.append(ended('c'));
    assert.equal(await look(), 1);
    assert.equal(await look(), 1);
    const found = await verifyLedger(connection);
    assert.equal(found.ok, true, 'nothing was altered');
    assert.deepEqual(found.unsettled, { count: 1, statements: [{ statement: 'lost', ...of('a') }] });
    const out = new PassThrough();
    printVerification(found, out);
    out.end();
    assert.match(await text(out), /1 statement .*no outcome[\s\S]*lost/);
    await ledger.append(outcome('a', 'lost'));
    assert.equal(await look(), 0);
    assert.equal((await verifyLedger(connection)).unsettled.count, 0);
  } finally {
    await ledger.close();
    await pool.close();
  }
});

test('the same of executions in entries of writes, whatever else lies in the table, and ended in whichever chain', async () => {
  let ago = 60_000;
  const clock = { now: () => new Date(Date.now() - ago), monotonic: () => performance.now() };
  const open = (replica: string) => makeLedger({ connection, replica, version: 'test', graceMs: 5_000, clock });
  const ledger = open('w');
  const pool = makeLedgerPool({ connection, timeoutMs: 10_000 });
  const look = makeUnsettledLook(pool);
  try {
    for (const each of [
      writes('wa', 1),
      writes('wa', 2, 1),
      writes('wb', 1),
      writes('wb', 2),
      ended('wa'),
      ended('wb'),
      writes('wc', 1),
      writes('wd', 1),
    ]) {
      await ledger.append(each);
    }
    ago = 0;
    await ledger.append(ended('wd'));
    assert.equal(await look(), 3);
    const found = await verifyLedger(connection);
    assert.equal(found.ok, true, 'nothing was altered');
    assert.deepEqual(
      [
        found.unsettled.count,
        found.unsettled.statements.map(({ statement, session }) => `${session} ${statement}`).sort(),
      ],
      [3, ['wa write 2', 'wb write 1', 'wb write 2']],
    );
    const other = open('other');
    await other.append(writes('wa', 0, 2));
    await other.append(writes('wb', 0, 1, 2));
    await other.close();
    assert.equal(await look(), 0);
    assert.equal((await verifyLedger(connection)).unsettled.count, 0);
    for (const more of [
      { first: 'one' },
      { first: 1.5 },
      { ended: 7 },
      { ended: [{ number: 'one' }] },
      { runs: 'none' },
    ])
      await ledger.append({ ...writes('wa', 3), ...more } as EntryDraft);
    assert.ok(Number.isInteger(await look()), 'forged ones do not keep it from looking');
    await verifyLedger(connection);
  } finally {
    await ledger.close();
    await pool.close();
  }
});
