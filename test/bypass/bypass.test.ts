// A bounded part of `npm run test:bypass`: every case, on PostgreSQL 18, as the gateway is meant to be run.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Cluster, startPostgres } from '../helpers/postgres.ts';
import { openWay, type OpenWay } from './gateway.ts';
import { type Outcome, runCorpus } from './run-corpus.ts';
import { makeStage, type Stage } from './stage.ts';

const VERSION = 18;

let target: Cluster;
let ledger: Cluster;
let stage: Stage;
let way: OpenWay;

before(async () => {
  [target, ledger] = await Promise.all([startPostgres(), startPostgres()]);
  stage = await makeStage(target);
  way = await openWay('two-key', stage, ledger);
});
after(async () => {
  await way.close();
  await stage.remove();
  await Promise.all([target.remove(), ledger.remove()]);
});

const told = (outcomes: Outcome[]) =>
  outcomes.map(({ case: each, protocol, harm, errors }) => [each.name, protocol, ...harm, errors[0]?.slice(0, 160)]);

test('3, 4: each refused case of the corpus gets an error and changes nothing', { timeout: 110_000 }, async () => {
  const report = await runCorpus(way, {
    version: VERSION,
    directories: { refused: 'refused' },
    together: 12,
    extendedEvery: 4,
  });
  assert.deepEqual(told(report.harmed), []);
  assert.deepEqual(told(report.through), []);
  assert.ok(report.played.refused > 0);
});

test('promise 11: each allowed case of the corpus is answered without an error', { timeout: 110_000 }, async () => {
  const report = await runCorpus(way, { version: VERSION, directories: { allowed: 'allowed' }, extendedEvery: 4 });
  assert.deepEqual(told(report.refusedWrongly), []);
  assert.ok(report.played.allowed > 0);
});

test('no case is a fault of the gateway', () => {
  assert.deepEqual(way.faults, []);
});
