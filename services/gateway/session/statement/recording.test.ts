// What a session writes into the ledger when the ledger fails in the middle.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { startPostgres } from '../../../../test/helpers/postgres.ts';
import { assertSettled } from '../../../../test/helpers/assert-ledger.ts';
import { systemClock } from '../../../contract/clock.ts';
import { LedgerUnavailable } from '../../../ledger/ledger.ts';
import { migratedLedger } from '../../../ledger/testing.ts';
import { makeLedger } from '../../../ledger/write/make-ledger.ts';
import { writeInput } from '../../../policy/gate/sample-inputs.ts';
import type { Allowed } from './guard.ts';
import { makeRecorder } from './recording.ts';

test('promise 6: of a text of which one intent cannot be recorded none runs, and those in the record get their outcome', async (context) => {
  const cluster = await startPostgres();
  context.after(() => cluster.remove());
  const replica = randomUUID();
  const ledger = makeLedger({ connection: await migratedLedger(cluster), replica, version: 'test', graceMs: 2_000 });
  await ledger.ready;
  context.after(() => ledger.close());
  let appends = 0;
  const failing = Object.assign(Object.create(ledger), {
    // Injected: the second of three is lost, as when a batch ends between them.
    append: (draft: Parameters<typeof ledger.append>[0]) =>
      ++appends === 2 ? Promise.reject(new LedgerUnavailable('for the test')) : ledger.append(draft),
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

  const answer = await recorder.intents([allowed, allowed, allowed], rest);
  assert.ok('code' in answer, 'it may not run');
  const rows = async (text: string) => (await cluster.sql(text, 'ledger')).rows;
  await assertSettled(rows);
  const kinds = (await rows('SELECT body FROM entry ORDER BY seq')).map(({ body }) => JSON.parse(String(body)).kind);
  assert.deepEqual(kinds.filter((kind) => kind.startsWith('statement_')).sort(), [
    'statement_intent',
    'statement_intent',
    'statement_outcome',
    'statement_outcome',
  ]);
});
