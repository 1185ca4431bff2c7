import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../../../test/helpers/until.ts';
import type { TargetSettings } from '../config/configuration.ts';
import type { Proof } from './doctor/refusals.ts';
import { makeTargetProofs } from './proofs.ts';

const shop = { name: 'shop' } as TargetSettings;
const silent = { info() {}, warn() {}, error() {} } as never;

function setUp(answers: Proof[], reach: () => string | null = () => null) {
  let asked = 0;
  const proofs = makeTargetProofs({
    targets: { shop },
    prove: async () => answers[Math.min(asked++, answers.length - 1)] as Proof,
    reach: async () => reach(),
    log: silent,
    everyMs: { proved: 5, reach: 5, otherwise: 5 },
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

test('a proved target is not in trouble because the ledger cannot be asked about it; one that was not proved yet is', async (t) => {
  const unasked = { outcome: 'unasked', reason: 'the ledger is away' } as const;
  const { proofs, asked } = setUp([{ outcome: 'proved' }, unasked, unasked, unasked]);
  t.after(() => proofs.close());
  await proofs.first;
  await until('it was looked at again', async () => asked() >= 3);
  assert.equal(proofs.trouble('shop'), null);
  const other = setUp([unasked]).proofs;
  t.after(() => other.close());
  await other.first;
  assert.equal(other.problem('shop'), 'the ledger is away');
});

test('a target that goes down after its first proof is in trouble as soon as it is asked, and sessions still say so themselves', async (t) => {
  let answers: string | null = null;
  const { proofs } = setUp([{ outcome: 'proved' }, { outcome: 'unreachable', reason: 'gone' }], () => answers);
  t.after(() => proofs.close());
  await proofs.first;
  assert.equal(proofs.trouble('shop'), null);
  answers = 'It does not answer.';
  await until('it is in trouble', async () => proofs.trouble('shop') !== null);
  assert.equal(proofs.problem('shop'), null);
});

test('what a session saw counts at once, is looked at, and is taken back by the target itself', async (t) => {
  const looks: PromiseWithResolvers<Proof>[] = [];
  const proofs = makeTargetProofs({
    targets: { shop },
    prove: () => {
      looks.push(Promise.withResolvers<Proof>());
      return looks.at(-1)?.promise as Promise<Proof>;
    },
    reach: async () => null,
    log: silent,
    everyMs: { proved: 1e6, reach: 1e6, otherwise: 5 },
  });
  t.after(() => proofs.close());
  looks[0]?.resolve({ outcome: 'proved' });
  await proofs.first;
  proofs.doubt('shop', null);
  assert.equal(proofs.trouble('shop'), null, 'a lost connection proves nothing');
  await new Promise(setImmediate);
  proofs.doubt('shop', 'a session could not connect to it');
  assert.equal(proofs.trouble('shop'), 'a session could not connect to it');
  await until('it is looked at', async () => looks.length === 2);
  looks[1]?.resolve({ outcome: 'proved' });
  await until('it is taken back', async () => proofs.trouble('shop') === null);
});

test('a target that is not configured has no sessions', () => {
  const { proofs } = setUp([{ outcome: 'proved' }]);
  proofs.close();
  assert.notEqual(proofs.problem('nowhere'), null);
});
