// A bounded part of `npm run test:bypass`: write mode's floor, on PostgreSQL 18. What the floor refuses it refuses alone, with
// a superuser as writer; what dynamic SQL hides from it, the writer's role stops alone, with no gateway before it.
import { after, before } from 'node:test';
import { type Cluster, startPostgres } from '../helpers/postgres.ts';
import { testCases } from './named-cases.ts';
import type { Kind } from './run-corpus.ts';
import { RUNS } from './runs.ts';
import { makeStage, type Stage } from './stage.ts';
import { startLedgerPostgres } from '../../services/ledger/testing.ts';

let target: Cluster;
let ledger: Cluster;
let stage: Stage;

before(async () => {
  [target, ledger] = await Promise.all([startPostgres(), startLedgerPostgres()]);
  stage = await makeStage(target);
});
after(async () => {
  await stage?.remove();
  await Promise.all([target?.remove(), ledger?.remove()]);
});

const SENTENCES: Record<string, Partial<Record<Kind, string>>> = {
  'write, floor': {
    refused: 'promise 3: in write each refused case of the floor is refused by the gateway itself',
    allowed: 'promise 3: in write each allowed case of the floor is answered',
  },
  'write, role': { refused: 'promise 4: what dynamic SQL hides from the floor, the writer’s role alone refuses' },
  'write, role beyond': { refused: 'what no role can stop is known, and still so' },
  'write, policy': {
    refused:
      'promise 3: the shipped policy lets nobody hide a statement on production, also none that no role could stop',
  },
};

for (const run of RUNS.filter(({ name }) => name in SENTENCES)) {
  await testCases(run, SENTENCES[run.name] ?? {}, {
    version: 18,
    directories: run.cases,
    // Case by case where there is no gateway: what runs may wait for another's locks.
    together: run.name.startsWith('write, role') ? 1 : 12,
    extendedEvery: 6,
    open: () => run.open(stage, ledger),
    close: () => stage.restore(),
  });
}
