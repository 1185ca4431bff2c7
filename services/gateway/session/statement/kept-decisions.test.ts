import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readInput, writeInput } from '../../../policy/gate/sample-inputs.ts';
import type { Analysis, Mechanics } from '../../../statements/analysis.ts';
import type { Allowed, DecisionContext } from './guard.ts';
import { KeptDecisions } from './kept-decisions.ts';

const { statement: facts, clock: _, ...context } = readInput;
const { statement: __, clock: ___, ...writing } = writeInput;
const allowed = (lasting: boolean): Allowed => ({
  ok: true,
  statement: { facts, mechanics: {}, text: 'SELECT 1' },
  facts,
  uncounted: false,
  further: false,
  actsAtOnce: false,
  obligations: {},
  revision: 'rev',
  clock: '2026-11-30T12:00:00.000Z',
  lasting,
});

interface Asked {
  of?: typeof facts;
  as?: DecisionContext;
  revision?: string | null;
  batch?: object;
  now?: number;
}

function found(
  lasting: boolean,
  { of = facts, as = context, revision = 'rev', batch = BATCH, now = 0 }: Asked,
): boolean {
  const kept = new KeptDecisions();
  kept.keep(allowed(lasting), context, BATCH, 0);
  return kept.find(of, as, revision, batch, now) !== null;
}
const BATCH = {};

test('a permission of rules that read no clock holds at any time, in any batch', () => {
  assert.ok(found(true, {}));
  assert.ok(found(true, { batch: {}, now: 3_600_000 }));
});

test('a permission of rules that read the clock is one moment of one batch', () => {
  assert.ok(found(false, { now: 100 }));
  assert.ok(!found(false, { now: 101 }), 'later');
  assert.ok(!found(false, { batch: {} }), 'another batch');
});

test('a permission holds for what it was made from, and for nothing else', () => {
  for (const lasting of [true, false]) {
    assert.ok(!found(lasting, { of: { ...facts } }), 'other facts');
    assert.ok(!found(lasting, { as: { ...context } }), 'another context, of another session or principal');
    assert.ok(!found(lasting, { as: writing }), 'another mode');
    assert.ok(!found(lasting, { revision: 'next' }), 'another revision');
    assert.ok(!found(lasting, { revision: null }), 'no policy in force');
  }
});

/** Whether all of a text that was allowed in `context` under `rev` is found to be allowed. */
function foundWhole(
  { lasting = true, mechanics = {} }: { lasting?: boolean; mechanics?: Mechanics },
  { of, as = context, revision = 'rev' }: { of?: Analysis; as?: DecisionContext; revision?: string | null } = {},
): boolean {
  const kept = new KeptDecisions();
  const statement = { facts, mechanics, text: 'SELECT 1' };
  const analysis: Analysis = { kind: 'statements', statements: [statement, statement] };
  for (let n = 0; n < 2; n++) kept.keepAll(analysis, [allowed(true), { ...allowed(lasting), statement }], context);
  return kept.findAll(of ?? analysis, as, revision) !== null;
}

test('a text holds as a whole for the analysis, context and revision that it was judged by, and for nothing else', () => {
  assert.ok(foundWhole({}));
  assert.ok(!foundWhole({}, { of: { kind: 'statements', statements: [] } }), 'another analysis');
  assert.ok(!foundWhole({}, { as: { ...context } }), 'another context');
  assert.ok(!foundWhole({}, { as: writing }), 'another mode');
  assert.ok(!foundWhole({}, { revision: 'next' }), 'another revision');
  assert.ok(!foundWhole({}, { revision: null }), 'no policy in force');
});

test('a text does not hold as a whole where a rule reads the clock, or where it hangs on what the session holds', () => {
  assert.ok(!foundWhole({ lasting: false }), 'the clock');
  for (const mechanics of [{ executes: 'p' }, { fetches: 'c' }, { prepares: 'p' }, { declares: 'c' }])
    assert.ok(!foundWhole({ mechanics }), JSON.stringify(mechanics));
});
