// A bounded part of `npm run test:bypass`: every case, on PostgreSQL 18, as the gateway is meant to be run.
import { after, before } from 'node:test';
import { type Cluster, startPostgres } from '../helpers/postgres.ts';
import { openWay } from './gateway.ts';
import { testCases } from './named-cases.ts';
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

const run = RUNS.find(({ name }) => name === 'two-key');
if (!run) throw new Error('No run is called two-key.');
await testCases(
  run,
  {
    refused: 'promise 3: each refused case of the corpus gets an error and changes nothing',
    allowed: 'promise 11: each allowed case of the corpus is answered without an error',
  },
  {
    version: 18,
    directories: run.cases,
    together: 12,
    extendedEvery: 4,
    open: () => openWay('two-key', stage, ledger),
  },
);
