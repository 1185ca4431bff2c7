import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeReadiness, type PartState } from './readiness.ts';

const up: PartState = { ready: true, detail: null };
const down: PartState = { ready: false, detail: 'it does not answer' };

test('a part that is not ready makes the gateway not ready and is named', () => {
  const readiness = makeReadiness();
  readiness.part('ledger', () => down);
  readiness.part('policy', () => up);
  assert.deepEqual(readiness.state(), { ready: false, parts: { ledger: down, policy: up } });
});

test('of several targets one is enough, and with none of them the gateway is not ready', () => {
  const readiness = makeReadiness();
  let shop = up;
  readiness.part('target shop', () => shop, 'targets');
  readiness.part('target books', () => down, 'targets');
  assert.equal(readiness.state().ready, true);
  assert.deepEqual(readiness.state().parts['target books'], down);
  shop = down;
  assert.equal(readiness.state().ready, false);
});
