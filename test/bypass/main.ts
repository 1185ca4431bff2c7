// `npm run test:bypass [-- PART-OF-A-NAME] [--version 18] [--way two-key] [--list]`: plays the whole corpus and prints what got through.
// A version that is asked for and not installed is fetched.
import { parseArgs } from 'node:util';
import { debianPrograms, startPrograms } from '../helpers/debian-postgres.ts';
import { type Fetched, fetchPrograms } from '../helpers/fetch-postgres.ts';
import { startPostgres } from '../helpers/postgres.ts';
import { EXTENSIONS } from './extensions.ts';
import { openWay, type WayName } from './gateway.ts';
import { type Outcome, type Report, runCorpus } from './run-corpus.ts';
import { makeStage } from './stage.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { version: { type: 'string' }, way: { type: 'string' }, list: { type: 'boolean', default: false } },
});
const [only = ''] = positionals;
const wanted = <T extends string>(all: T[], one: string | undefined) => all.filter((each) => !one || each === one);
const versions = values.version ? [values.version] : ['18', ...(debianPrograms(15) ? ['15'] : [])];
const ways = wanted<WayName>(['two-key', 'analysis', 'roles'], values.way);
let failed = versions.length === 0 || ways.length === 0;

const ledger = await startPostgres();
try {
  console.log(
    'PostgreSQL  way        refused cases  no error  harm  stopped by the target alone  allowed cases  refused wrongly',
  );
  for (const version of versions) {
    for (const way of ways) line(version, way, await play(Number(version), way));
    if (ways.includes('two-key')) line(version, 'two-key, extensions', await play(Number(version), 'two-key', true));
  }
} finally {
  await ledger.remove();
}
process.exit(failed ? 1 : 0);

async function play(version: number, name: WayName, extensions = false): Promise<Report> {
  const cluster =
    version === 18
      ? await startPostgres()
      : await startPrograms(debianPrograms(version) ?? (await fetchPrograms(`${version}` as Fetched)));
  try {
    const stage = await makeStage(cluster, extensions ? EXTENSIONS : []);
    const way = await openWay(name, stage, ledger);
    const kinds: ('refused' | 'allowed')[] = extensions ? ['allowed'] : ['refused', 'allowed'];
    const report = await runCorpus(way, { version, kinds, only: ({ name: each }) => each.includes(only) });
    await way.close();
    await stage.remove();
    // The other two ways are there to be measured: what they let through is the reason for two keys.
    if (name === 'two-key')
      failed ||= [report.harmed, report.through, report.refusedWrongly].some(({ length }) => length > 0);
    return report;
  } finally {
    await cluster.remove();
  }
}

function line(version: string, way: string, { played, through, harmed, byTarget, refusedWrongly }: Report): void {
  const cases = (outcomes: Outcome[]) => new Set(outcomes.map(({ case: { name } }) => name)).size;
  const [open, harm, alone, wrong] = [through, harmed, byTarget, refusedWrongly].map(cases);
  const cells = [played.refused, open, harm, alone, played.allowed, wrong];
  const widths = [13, 8, 4, 27, 13, 15];
  console.log(
    `${version.padEnd(10)}  ${way.padEnd(9)}  ${cells.map((n, i) => String(n).padStart(widths[i] ?? 0)).join('  ')}`,
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
