// Where the gateway's CPU goes under a load of pgbench's: by layer, with the functions that take most.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { freePort } from '../test/helpers/postgres.ts';
import { profiled } from './profile/inspector.ts';
import { byLayer } from './profile/layers.ts';
import { type Protocol, runPgbench } from './stage/pgbench.ts';
import { startStage } from './stage/stage.ts';
import { environment } from './stage/way.ts';
import { INSERTS, LOOKUPS } from './throughput/pipelines.ts';
import { LOOKUP } from './throughput/reads.ts';
import { INSERT, TPCB } from './throughput/writes.ts';

/** Statements a transaction, mode, script. */
const LOADS = {
  lookup: [1, 'read', LOOKUP],
  pipeline: [200, 'read', LOOKUPS],
  tpcb: [7, 'write', TPCB],
  insert: [1, 'write', INSERT],
  inserts: [200, 'write', INSERTS],
} as const;

const { values } = parseArgs({
  options: {
    load: { type: 'string', default: 'lookup' },
    protocol: { type: 'string', default: 'prepared' },
    clients: { type: 'string', default: '8' },
    seconds: { type: 'string', default: '10' },
    functions: { type: 'string', default: '6' },
    /** Writes the main thread's profile, for a browser's developer tools. */
    save: { type: 'string' },
  },
});
const load = LOADS[values.load as keyof typeof LOADS];
if (!load) throw new Error(`--load is one of ${Object.keys(LOADS).join(', ')}`);
const [statements, mode, text] = load;
const directory = await mkdtemp(join(tmpdir(), 'sudoql-profile-'));
const script = join(directory, 'load.sql');
await writeFile(script, text);
const port = await freePort();
const stage = await startStage({
  ways: ['gateway'],
  gatewayEnv: { NODE_OPTIONS: `--inspect=127.0.0.1:${port} --inspect-publish-uid=http` },
});
try {
  const shape = {
    scripts: [script],
    protocol: values.protocol as Protocol,
    clients: Number(values.clients),
    statements,
  };
  const run = (seconds: number) =>
    runPgbench({ ...shape, seconds }, environment(stage.way('gateway'), mode), stage.pids);
  await run(3);
  let statementsDone = 0;
  const start = performance.now();
  const threads = await profiled(port, async () => {
    const { tps, cpu } = await run(Number(values.seconds));
    statementsDone = tps * statements * ((performance.now() - start) / 1_000);
    const parts = Object.entries(cpu).map(([part, us]) => `${part} ${us.toFixed(0)}`);
    console.log(
      `${values.load}, ${values.protocol}, ${values.clients} clients, profiled: ${tps.toFixed(0)} tps; CPU µs a statement: ${parts.join(', ')}`,
    );
  });
  for (const { thread, profile } of threads) {
    const layers = byLayer(profile);
    const busy = layers.reduce((sum, { self }) => sum + self, 0);
    const all = profile.timeDeltas.reduce((sum, delta) => sum + delta, 0);
    if (busy < all / 100) continue;
    console.log(`\n${thread}: busy ${((100 * busy) / all).toFixed(0)} %`);
    for (const { layer, self, functions } of layers) {
      console.log(
        `  ${layer.padEnd(32)} ${((100 * self) / busy).toFixed(1).padStart(5)} %  ${(self / statementsDone).toFixed(1).padStart(7)} µs a statement`,
      );
      for (const { name, self: own } of functions.slice(0, Number(values.functions)))
        console.log(`      ${((100 * own) / busy).toFixed(1).padStart(5)} %  ${name}`);
    }
  }
  if (values.save) await writeFile(values.save, JSON.stringify(threads[0]?.profile));
} finally {
  await stage.close();
  await rm(directory, { recursive: true, force: true });
}
