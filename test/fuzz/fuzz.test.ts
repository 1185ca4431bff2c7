// A bounded part of `npm run test:fuzz`, always the same; in CI (`npm test -- --all`) the larger one.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openWay, type OpenWay } from '../bypass/gateway.ts';
import { makeStage, type Stage } from '../bypass/stage.ts';
import { startVersion, VERSIONS } from '../helpers/debian-postgres.ts';
import { type Cluster, startPostgres } from '../helpers/postgres.ts';
import { amount } from '../helpers/sample.ts';
import { fuzzJudged } from './judged.ts';
import { fuzzStatements } from './statements.ts';
import { fuzzWire } from './wire.ts';
import { startLedgerPostgres } from '../../services/ledger/testing.ts';

let target: Cluster;
let ledger: Cluster;
let stage: Stage;
let way: OpenWay;

before(async () => {
  [target, ledger] = await Promise.all([startPostgres(), startLedgerPostgres()]);
  stage = await makeStage(target);
  way = await openWay('two-key', stage, ledger);
});
after(async () => {
  await way.close();
  await stage.remove();
  await Promise.all([target.remove(), ledger.remove()]);
});

test('promise 3: an effect is seen at any depth: what analysis allows does nothing, even as a superuser', async () => {
  const { ran, allowed, holes } = await fuzzStatements(stage, { seed: 7, count: amount(1_000, 5_000) });
  assert.deepEqual(holes, []);
  assert.ok(ran > amount(20, 100) && allowed > 0, 'the generated statements are no SQL');
});

test('3, 11: bytes that no client sends change nothing, and the gateway goes on serving', async () => {
  const count = amount(50, 150);
  const { findings, conversations } = await fuzzWire(stage, way.client, { seed: 7, count });
  assert.deepEqual(findings, []);
  assert.equal(conversations, count);
  assert.deepEqual(way.faults, []);
});

test('promise 3: what ran was vetted with the body that it had, whatever was put in its place, and under whichever path', async (context) => {
  const seed = 7;
  context.diagnostic(`seed ${seed}`);
  const { ran, findings, faults } = await fuzzJudged(target, ledger, { seed, count: amount(8, 25), seen: true });
  assert.deepEqual(findings, []);
  assert.deepEqual(faults, []);
  assert.ok(ran > amount(5, 20), 'the sequences run no functions');
});

for (const version of VERSIONS) {
  test(`3, 4: on ${version} what replaces a vetted function unseen writes nothing that lasts`, async (context) => {
    const seed = 8;
    context.diagnostic(`seed ${seed}`);
    const other = await startVersion(version);
    context.after(() => other.remove());
    const { ran, findings } = await fuzzJudged(other, ledger, { seed, count: amount(8, 25), seen: false });
    assert.deepEqual(findings, []);
    assert.ok(ran > amount(3, 10), 'the sequences run no functions');
  });
}
