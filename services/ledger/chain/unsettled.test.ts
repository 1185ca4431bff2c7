import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type pg from 'pg';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { type Cluster, startPostgres } from '../../../test/helpers/postgres.ts';
import type { EntryDraft } from '../entry/entry.ts';
import { makeLedgerPool } from '../ledger-pool.ts';
import { printVerification } from './print-verification.ts';
import { migratedLedger } from '../testing.ts';
import { makeUnsettledLook } from './unsettled.ts';
import { verifyLedger } from './verify.ts';
import { makeLedger } from '../write/make-ledger.ts';

let cluster: Cluster;
let connection: pg.ClientConfig;
before(async () => {
  cluster = await startPostgres();
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
