// `npm run test:fuzz [-- statements | wire | judged | settings] [--seconds 60] [--seed 1] [--version 15]`: longer than `npm test` does. Exits non-zero on a finding.
import { parseArgs } from 'node:util';
import { openWay } from '../bypass/gateway.ts';
import { makeStage } from '../bypass/stage.ts';
import { startDebianPostgres } from '../helpers/debian-postgres.ts';
import { startPostgres } from '../helpers/postgres.ts';
import { fuzzJudged } from './judged.ts';
import { fuzzSettings } from './settings.ts';
import { fuzzStatements } from './statements.ts';
import { fuzzWire } from './wire.ts';
import { startLedgerPostgres } from '../../services/ledger/testing.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    version: { type: 'string', default: '18' },
  },
});
const which = positionals[0] ?? 'statements, wire, judged and settings';
const options = { seed: Number(values.seed), milliseconds: 1_000 * Number(values.seconds) };
let failed = false;

if (which.includes('settings')) {
  const { settings, decisions, allowed, findings } = await fuzzSettings(options);
  console.log(
    `settings, seed ${options.seed}: ${settings} policies, ${decisions} decisions, ${allowed} allowed, ${findings.length} findings`,
  );
  for (const finding of findings) console.log(`    ${finding}`);
  failed ||= findings.length > 0;
}
if (which === 'settings') process.exit(failed ? 1 : 0);
const startTarget = () => (values.version === '18' ? startPostgres() : startDebianPostgres(Number(values.version)));
const [target, ledger] = await Promise.all([startTarget(), startLedgerPostgres()]);
try {
  const stage = await makeStage(target);
  if (which.includes('statements')) {
    const { tried, ran, allowed, holes, refusedWrongly } = await fuzzStatements(stage, options);
    console.log(`statements: ${tried} tried, ${ran} run, ${allowed} allowed that did nothing, ${holes.length} holes;`);
    console.log(
      `    of built-ins alone and refused all the same, among attacks' own casts and operators: ${refusedWrongly.length}`,
    );
    for (const sql of holes.sort((a, b) => a.length - b.length).slice(0, 50)) console.log(`    hole: ${sql}`);
    failed ||= holes.length > 0;
  }
  if (which.includes('wire')) {
    const way = await openWay('two-key', stage, ledger);
    const { conversations, bytes, findings } = await fuzzWire(stage, way.client, options);
    console.log(
      `wire: ${conversations} conversations, ${bytes} bytes, ${findings.length + way.faults.length} findings`,
    );
    for (const finding of [...findings, ...way.faults]) console.log(`    ${finding}`);
    failed ||= findings.length + way.faults.length > 0;
    await way.close();
  }
  for (const seen of which.includes('judged') ? [true, false] : []) {
    const other = await startTarget();
    const { sequences, answered, refused, ran, findings } = await fuzzJudged(other, ledger, { ...options, seen });
    await other.remove();
    console.log(
      `judged, replacements ${seen ? 'seen' : 'unseen'}, seed ${options.seed}: ${sequences} sequences, ${answered} messages, ${refused} with an error, ${ran} runs of functions, ${findings.length} findings`,
    );
    for (const finding of findings.sort((a, b) => a.length - b.length)) console.log(`    ${finding}`);
    failed ||= findings.length > 0;
  }
  await stage.remove();
} finally {
  await Promise.all([target.remove(), ledger.remove()]);
}
process.exit(failed ? 1 : 0);
