// `npm run test:bypass [-- PART-OF-A-NAME] [--version 18] [--way two-key] [--list]`: plays the whole corpus and prints what got through.
// A version that is asked for and not installed is fetched; `pgvector` is an 18 that offers it, a 15 with PostGIS is Debian's.
import { parseArgs } from 'node:util';
import { debianPrograms, startPrograms } from '../helpers/debian-postgres.ts';
import { type Fetched, fetchPrograms } from '../helpers/fetch-postgres.ts';
import { startPostgres } from '../helpers/postgres.ts';
import { type Outcome, type Report, runCorpus } from './run-corpus.ts';
import { type Run, RUNS } from './runs.ts';
import { makeStage } from './stage.ts';
import { startLedgerPostgres } from '../../services/ledger/testing.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { version: { type: 'string' }, way: { type: 'string' }, list: { type: 'boolean', default: false } },
});
const [only = ''] = positionals;
const versions = values.version ? [values.version] : ['18', ...(debianPrograms(15) ? ['15'] : [])];
const runs = RUNS.filter(({ name }) => !values.way || name === values.way || name.startsWith(`${values.way}, `));
let failed = versions.length === 0 || runs.length === 0;

const ledger = await startLedgerPostgres();
try {
  console.log(
    'PostgreSQL  way                   refused cases  no error  harm  stopped by the target alone  allowed cases  refused wrongly',
  );
  for (const version of versions) {
    for (const run of runs) {
      const report = await play(version, run);
      if (report) line(version, run, report);
    }
  }
} finally {
  await ledger.remove();
}
if (failed) console.log(runs.length === 0 ? `No such way: ${values.way}.` : 'Not as it must be.');
process.exit(failed ? 1 : 0);

/** Null where the server does not offer the run's extensions. */
async function play(server: string, run: Run): Promise<Report | null> {
  const version = server === 'pgvector' ? 18 : Number(server);
  const cluster =
    server === '18'
      ? await startPostgres()
      : await startPrograms(debianPrograms(Number(server)) ?? (await fetchPrograms(server as Fetched)));
  try {
    const { rows } = await cluster.sql('SELECT name FROM pg_available_extensions');
    if (run.extensions?.some((each) => !rows.some((row: { name: string }) => row.name === each))) return null;
    const stage = await makeStage(cluster, run.extensions, run.fixture);
    const way = await run.open(stage, ledger);
    const report = await runCorpus(way, {
      version,
      directories: run.cases,
      only: ({ name: each }) => each.includes(only),
    });
    await way.close();
    await stage.remove();
    failed ||= run.fails(report) > 0 || way.faults.length > 0;
    for (const fault of way.faults) console.log(`    a fault of the gateway: ${fault.slice(0, 160)}`);
    return report;
  } finally {
    await cluster.remove();
  }
}

function line(version: string, { name }: Run, { played, through, harmed, byTarget, refusedWrongly }: Report): void {
  const cases = (outcomes: Outcome[]) => new Set(outcomes.map(({ case: { name } }) => name)).size;
  const [open, harm, alone, wrong] = [through, harmed, byTarget, refusedWrongly].map(cases);
  const cells = [played.refused, open, harm, alone, played.allowed, wrong];
  const widths = [13, 8, 4, 27, 13, 15];
  console.log(
    `${version.padEnd(10)}  ${name.padEnd(20)}  ${cells.map((n, i) => String(n).padStart(widths[i] ?? 0)).join('  ')}`,
  );
  say('no error', through);
  say('harm', harmed);
  say('refused wrongly', refusedWrongly);
  if (values.list) say('stopped by the target alone', byTarget);
}

function say(what: string, outcomes: Outcome[]): void {
  for (const { case: each, protocol, harm, errors } of outcomes)
    console.log(`    ${what}: ${each.name} (${protocol}) ${harm.join(', ')} ${errors[0]?.slice(0, 160) ?? ''}`);
}
