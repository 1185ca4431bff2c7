import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../../test/helpers/demo.ts';
import type { TargetSettings } from './configuration/configuration.ts';
import type { Proof } from './roles/refusals.ts';
import { makeTargetProofs } from './target-proofs.ts';

const shop = { name: 'shop' } as TargetSettings;
const silent = { info() {}, warn() {}, error() {} } as never;

function setUp(answers: Proof[]) {
  let asked = 0;
  const proofs = makeTargetProofs({
    targets: { shop },
    prove: async () => answers[Math.min(asked++, answers.length - 1)] as Proof,
    log: silent,
    everyMs: { proved: 5, otherwise: 5 },
  });
  return { proofs, asked: () => asked };
}

test('sessions are refused until the target is proved, also when it comes up late', async (t) => {
  const { proofs } = setUp([{ outcome: 'unreachable', reason: 'it does not answer' }, { outcome: 'proved' }]);
  t.after(() => proofs.close());
  assert.notEqual(proofs.problem('shop'), null);
  assert.deepEqual((await proofs.first).shop, { outcome: 'unreachable', reason: 'it does not answer' });
  await until('the target is proved', async () => proofs.problem('shop') === null);
});

test('a proof is not lost when the target is out of reach for a while, but when its logins are found wanting', async (t) => {
  const { proofs, asked } = setUp([
    { outcome: 'proved' },
    { outcome: 'unreachable', reason: 'it does not answer' },
    { outcome: 'unreachable', reason: 'it does not answer' },
    { outcome: 'refused', reasons: ['The writer is a superuser.'] },
  ]);
  t.after(() => proofs.close());
  await proofs.first;
  await until('it was looked at again', async () => asked() >= 3);
  if (asked() === 3) assert.equal(proofs.problem('shop'), null);
  await until('it is refused', async () => proofs.problem('shop') === 'The writer is a superuser.');
});

test('a target that is not configured has no sessions', () => {
  const { proofs } = setUp([{ outcome: 'proved' }]);
  proofs.close();
  assert.notEqual(proofs.problem('nowhere'), null);
});
