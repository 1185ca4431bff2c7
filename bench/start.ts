// Cold start to ready with an existing database; the demo's tour; memory of an idle session.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { startDemo } from '../test/helpers/demo.ts';
import { until } from '../test/helpers/until.ts';
import { report, timed } from './measure.ts';

const root = join(import.meta.dirname, '..');

interface Extra {
  gateway: number;
  config: string;
  env: Record<string, string>;
}

/** `sudoqld serve` from its process's start until /readyz says 200. */
async function start(http: string, { config, env }: Extra): Promise<ChildProcess> {
  const child = spawn(process.execPath, [join(root, 'bin/sudoqld.js'), 'serve', '--config', config], {
    env: { ...process.env, ...env },
    stdio: 'ignore',
  });
  await until(
    'the gateway is ready',
    () =>
      fetch(`${http}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      ),
    60_000,
  );
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await gone;
}

const demo = await startDemo();
const extra = demo as unknown as Extra;
try {
  const resident = async (pid: number) =>
    Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]);
  const idle: pg.Client[] = [];
  for (let i = 0; i < 5; i++) idle.push(await demo.connect());
  const before = await resident(extra.gateway);
  for (let i = 0; i < 15; i++) idle.push(await demo.connect());
  const after = await resident(extra.gateway);
  console.log(
    `  an idle session: ${((after - before) / 15).toFixed(0)} KiB (fifteen more, resident ${(before / 1024).toFixed(0)} → ${(after / 1024).toFixed(0)} MB)`,
  );
  await Promise.all(idle.map((client) => client.end()));

  process.kill(extra.gateway, 'SIGTERM');
  await until(
    'its port is free',
    () =>
      fetch(`${demo.http}/livez`).then(
        () => false,
        () => true,
      ),
    30_000,
  );
  const starts: number[] = [];
  for (let i = 0; i < 5; i++) {
    let child: ChildProcess | undefined;
    starts.push(
      await timed(async () => {
        child = await start(demo.http, extra);
      }),
    );
    if (child) await end(child);
  }
  report('process started → ready, database and policy cache there', 'ms', starts);
} finally {
  await demo.stop();
}

// As a newcomer: the demo with everything to make, with everything there, and its tour.
const data = await mkdtemp(join(tmpdir(), 'sudoql-tour-'));
const demoProcess = (...more: string[]) =>
  spawn(process.execPath, [join(root, 'test/demo/main.ts'), '--data', data, ...more], {
    stdio: ['ignore', 'pipe', 'ignore'],
    cwd: root,
  });
for (const name of ['first', 'second']) {
  const child = demoProcess('--serve', '--json');
  const took = await timed(() => new Promise((resolve) => child.stdout?.once('data', resolve)));
  await end(child);
  console.log(`  the demo's ${name} start: ${(took / 1000).toFixed(1)} s`);
}
const tour = await timed(
  () =>
    new Promise<void>((resolve, reject) => {
      const child = demoProcess();
      child.stdout?.resume();
      child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`The tour ended with ${code}.`))));
    }),
);
console.log(`  the demo's tour, its start included: ${(tour / 1000).toFixed(1)} s`);
await rm(data, { recursive: true, force: true });
