// A bounded part of `npm run test:bypass`: write mode's floor, on PostgreSQL 18. What the floor refuses it refuses alone, with
// a superuser as writer; what dynamic SQL hides from it, the writer's role stops alone, with no gateway before it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Cluster, startPostgres } from '../helpers/postgres.ts';
import { type Outcome, runCorpus } from './run-corpus.ts';
import { RUNS } from './runs.ts';
import { makeStage, type Stage } from './stage.ts';

const VERSION = 18;

let target: Cluster;
let ledger: Cluster;
let stage: Stage;

before(async () => {
  [target, ledger] = await Promise.all([startPostgres(), startPostgres()]);
  stage = await makeStage(target);
});
after(async () => {
  await stage.remove();
  await Promise.all([target.remove(), ledger.remove()]);
});

const told = (outcomes: Outcome[]) =>
  outcomes.map(({ case: each, protocol, harm, errors }) => [each.name, protocol, ...harm, errors[0]?.slice(0, 160)]);

const SENTENCES: Record<string, string> = {
  'write, floor':
    'promise 3: in write each refused case of the floor is refused by the gateway itself, each allowed one answered',
  'write, role': '4: what dynamic SQL hides from the floor, the writer’s role alone refuses',
  'write, role beyond': 'what no role can stop is known, and still so',
  'write, policy':
    'promise 3: the shipped policy lets nobody hide a statement on production, also none that no role could stop',
};

for (const run of RUNS.filter(({ name }) => name in SENTENCES)) {
  test(SENTENCES[run.name] ?? run.name, { timeout: 110_000 }, async () => {
    const way = await run.open(stage, ledger);
    try {
      const report = await runCorpus(way, {
        version: VERSION,
        directories: run.cases,
        // Case by case where there is no gateway: what runs may wait for another's locks.
        together: run.name.startsWith('write, role') ? 1 : 12,
        extendedEvery: 6,
      });
      const { harmed, through, byTarget, refusedWrongly } = report;
      assert.equal(
        run.fails(report),
        0,
        JSON.stringify([harmed, through, byTarget, refusedWrongly].map(told), null, 1),
      );
      assert.ok(report.played.refused > 0);
      assert.deepEqual(way.faults, []);
    } finally {
      await way.close();
      await stage.restore();
    }
  });
}
