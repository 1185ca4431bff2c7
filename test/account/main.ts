// `npm run test:account [-- --runs 1000] [--seed 1] [--on 15]`: more than `npm test` plays, or another PostgreSQL. Exits non-zero on a finding.
import { parseArgs } from 'node:util';
import { debianPrograms, startPrograms } from '../helpers/debian-postgres.ts';
import { type Fetched, fetchPrograms } from '../helpers/fetch-postgres.ts';
import { startPostgres } from '../helpers/postgres.ts';
import { makeStage, openPolicy } from '../wire/stage.ts';
import { playAll } from './play-all.ts';
import { SCHEMA } from './script.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    runs: { type: 'string', default: '1000' },
    on: { type: 'string' },
  },
});
const { on } = values;
const programs = on && (debianPrograms(Number(on)) ?? (await fetchPrograms(on as Fetched)));
const cluster = programs ? await startPrograms(programs) : await startPostgres();
const stage = await makeStage({ policy: openPolicy(), schema: SCHEMA, cluster });
let findings: string[] = [];
try {
  const totals = await playAll(stage, { runs: Number(values.runs), seed: Number(values.seed) });
  ({ findings } = totals);
  const { runs, interrupted, unknown, unknownBy } = totals;
  console.log(`${runs} runs, ${interrupted} interrupted, ${unknown} told as unknown (${JSON.stringify(unknownBy)})`);
  for (const finding of findings) console.log(finding);
} finally {
  await stage.remove();
}
process.exit(findings.length > 0 ? 1 : 0);
