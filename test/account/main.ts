// `npm run test:account [-- --runs 1000] [--seed 1]`: more than `npm test` plays. Exits non-zero on a finding.
import { parseArgs } from 'node:util';
import { makeStage, openPolicy } from '../wire/stage.ts';
import { playAll } from './play-all.ts';
import { SCHEMA } from './script.ts';

const { values } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, runs: { type: 'string', default: '1000' } },
});
const stage = await makeStage({ policy: openPolicy(), schema: SCHEMA });
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
