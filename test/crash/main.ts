// `npm run test:crash -- [--runs 20] [--seed 1] [--state FILE] [--break NAME]`: kills, crashes and outages under load, and whether every
// promise held. Run n is of seed `seed + n`; with a state file a run that is in it is not played again. Exits non-zero on a finding.
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { BREAKS } from './breaks.ts';
import { type Played, playRun } from './run.ts';
import { type CrashStage, makeCrashStage } from './stage.ts';

/** Runs on one stage: so the record that each verifies stays small. */
const ON_ONE_STAGE = 10;
/** Gateways and their processes, by turns. */
const STAGES = [
  [1, 1],
  [2, 1],
  [1, 2],
  [2, 2],
] as const;

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    state: { type: 'string' },
    break: { type: 'string' },
  },
});
const broken = values.break === undefined ? null : BREAKS[values.break];
if (broken === undefined) throw new Error(`--break ${Object.keys(BREAKS).join(' | ')}`);
const [seed, runs] = [Number(values.seed), Number(values.runs)];

interface Line extends Played {
  seed: number;
}
const { state } = values;
const lines: Line[] =
  state !== undefined && existsSync(state)
    ? readFileSync(state, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Line)
    : [];
const known = new Set(lines.map((line) => line.seed));

let stage: { of: number; stage: CrashStage } | null = null;
/** Of the stage that a seed plays on: by the seed alone, so that one run can be played again. */
const stageOf = (each: number) => Math.floor(each / ON_ONE_STAGE);
try {
  for (let each = seed; each < seed + runs; each++) {
    if (known.has(each)) continue;
    if (stage?.of !== stageOf(each)) {
      await stage?.stage.remove();
      stage = null;
      const [gateways, processes] = STAGES[stageOf(each) % STAGES.length] ?? STAGES[0];
      stage = { of: stageOf(each), stage: await makeCrashStage(gateways, processes) };
    }
    const played = await playRun(stage.stage, each, broken);
    const line = { seed: each, ...played };
    lines.push(line);
    if (state !== undefined) appendFileSync(state, `${JSON.stringify(line)}\n`);
    console.log(words(line));
  }
} finally {
  await stage?.stage.remove();
}
console.log(summary(lines.filter((line) => line.seed >= seed && line.seed < seed + runs)));
const found = lines.flatMap(({ findings }) => findings);
if (broken) process.exit(found.some((finding) => finding.startsWith(broken.promise)) ? 0 : 1);
process.exit(found.length > 0 ? 1 : 0);

function words({ seed: of, findings, faults, figures }: Line): string {
  const { elevations, rows, recorded, told } = figures;
  const well = `run ${of}: ${elevations} elevations, ${rows} rows; recorded after ${ms(recorded)}, told after ${ms(told)}; ${faults.join('; ') || 'no fault'}`;
  return [well, ...findings.map((finding) => `  BROKEN ${finding}`)].join('\n');
}

function summary(all: Line[]): string {
  const of = (figure: keyof Line['figures']) => all.map(({ figures }) => figures[figure]);
  const sum = (figure: keyof Line['figures']) => of(figure).reduce((total, each) => total + each, 0);
  const spread = (figure: keyof Line['figures']) => {
    const sorted = of(figure).toSorted((a, b) => a - b);
    const at = (part: number) => ms(sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0);
    return `p50 ${at(0.5)}, p99 ${at(0.99)}`;
  };
  return [
    `${all.length} runs, ${all.reduce((n, { faults }) => n + faults.length, 0)} faults; ${sum('elevations')} elevations, ${sum('statements')} statements, ${sum('rows')} rows, ${sum('calls')} calls`,
    `settled: recorded ${spread('recorded')}; told ${spread('told')}`,
    `longest in a run: writer after its end ${spread('writer')}; answer ${spread('answer')}; slack for this machine ${spread('slow')}`,
    `${sum('unknown')} outcomes unknown, ${sum('repeats')} messages repeated under their id`,
    `${all.reduce((n, { findings }) => n + findings.length, 0)} broken promises in ${all.filter(({ findings }) => findings.length > 0).length} runs`,
  ].join('\n');
}

function ms(time: number): string {
  return `${Math.round(time)} ms`;
}
