// What a session writes into the ledger when the ledger fails in the middle.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { entriesOf } from '../../../../test/helpers/entries.ts';
import { assertSettled } from '../../../../test/helpers/assert-ledger.ts';
import { systemClock } from '../../../contract/clock.ts';
import { LedgerUnavailable } from '../../../ledger/ledger.ts';
import { migratedLedger, startLedgerPostgres } from '../../../ledger/testing.ts';
import { makeLedger } from '../../../ledger/write/make-ledger.ts';
import { writeInput } from '../../../policy/gate/sample-inputs.ts';
import type { Allowed } from './guard.ts';
import { makeRecorder } from './recording.ts';

test('promise 6: a text whose intents are not confirmed in time may not run, and all of them are in the record with outcomes that say so', async (context) => {
  const cluster = await startLedgerPostgres();
  context.after(() => cluster.remove());
  const replica = randomUUID();
  const ledger = makeLedger({ connection: await migratedLedger(cluster), replica, version: 'test', graceMs: 2_000 });
  await ledger.ready;
  context.after(() => ledger.close());
  const failing = Object.assign(Object.create(ledger), {
    // Injected: the ledger's answer is lost, and what it was given is in the record all the same.
    hasten: (done: Promise<unknown>) => done.then(() => Promise.reject(new LedgerUnavailable('for the test'))),
  });
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const { statement: facts, clock: _clock, ...rest } = writeInput;
  const session = {
    id: rest.session.id,
    principal: rest.principal,
    token: 'none',
    target: rest.target,
    via: 'tcp' as const,
    applicationName: 'psql',
    clientAddress: '127.0.0.1',
  };
  const recorder = makeRecorder({ ledger: failing, clock: systemClock, log, analyser: 'test' }, session);
  const allowed: Allowed = {
    ok: true,
    statement: { facts, mechanics: {}, text: facts.normalized },
    facts,
    uncounted: false,
    further: false,
    actsAtOnce: false,
    obligations: {},
    revision: 'test',
    clock: systemClock.now().toISOString(),
    lasting: false,
  };

  const answer = recorder.intents([allowed, allowed, allowed], rest);
  assert.ok('durable' in answer);
  assert.equal((await answer.durable)?.code, 'not_recordable', 'it may not run');
  for (const run of answer.runs) run.settle({ result: 'error', sqlstate: '58000', rows: null, durationMs: 0 });
  const rows = async (text: string) => (await cluster.sql(text, 'ledger')).rows;
  await assertSettled(rows);
  const outcomes = entriesOf(await rows('SELECT body FROM entry ORDER BY seq'), 'statement_outcome');
  assert.deepEqual(
    outcomes.map(({ result, sqlstate }) => `${result} ${sqlstate}`),
    ['error 58000', 'error 58000', 'error 58000'],
  );
});
