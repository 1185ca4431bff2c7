// One policy decision of the shipped policy as a gateway pays it: in process, as the gateway's own histogram counts it under load,
// and, when `go` can build it, by `opa run --server` over loopback.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { makePolicy } from '../services/policy/policy.ts';
import {
  adminInput,
  elevationInput,
  largestInput,
  readInput,
  writeInput,
} from '../services/policy/gate/sample-inputs.ts';
import { DEFAULT_FACT_LIMITS } from '../services/statements/findings.ts';
import { loadParser } from '../services/statements/parse.ts';
import { quantile, timed } from './measure.ts';
import { decisionsBetween, decisionsOf } from './stage/decisions.ts';
import { runPgbench } from './stage/pgbench.ts';
import { startStage } from './stage/stage.ts';
import { environment } from './stage/way.ts';
import { LOOKUP } from './throughput/reads.ts';

const directory = fileURLToPath(new URL('../policies', import.meta.url));
const N = 20_000;

function show(name: string, values: number[]): void {
  const [p50, p99] = [0.5, 0.99].map((q) => quantile(values, q).toFixed(1));
  console.log(`${name.padEnd(44)} p50 ${p50} µs, p99 ${p99} µs`);
}

function measure(act: () => void, count = N): number[] {
  for (let i = 0; i < count / 10; i++) act();
  return Array.from({ length: count }, () => {
    const start = performance.now();
    act();
    return (performance.now() - start) * 1_000;
  });
}

/** As `measure`, with something else done before each. */
function measureApart(act: () => void, between: () => void, count = 2_000): number[] {
  return Array.from({ length: count }, () => {
    between();
    const start = performance.now();
    act();
    return (performance.now() - start) * 1_000;
  });
}

// The parser's instance sets V8's flags for WebAssembly in the whole process, and so in the gateway's.
await loadParser();
const policy = makePolicy({ directory, watch: false });
console.log(`files → in force, cold: ${(await timed(() => policy.ready)).toFixed(0)} ms`);
if (policy.problem) throw new Error(policy.problem);
console.log(`the same again, compiler warm: ${(await timed(() => policy.reload())).toFixed(0)} ms`);

const largest = largestInput(DEFAULT_FACT_LIMITS);
show(
  'statement, a SELECT',
  measure(() => policy.statement(readInput)),
);
// Between two decisions a gateway does other things, and the processor's caches forget: 8 MB are walked through before each.
const other = new Float64Array(1_000_000);
show(
  'statement, a SELECT, with cold caches',
  measureApart(
    () => policy.statement(readInput),
    () => other.fill(other.length),
  ),
);
show(
  'statement, an UPDATE in write mode',
  measure(() => policy.statement(writeInput)),
);
show(
  'statement, the largest input of the caps',
  measure(() => policy.statement(largest), 200),
);
show(
  'elevation',
  measure(() => policy.elevation(elevationInput)),
);
show(
  'admin',
  measure(() => policy.admin(adminInput)),
);
const seconds = measure(() => policy.statement(writeInput)).reduce((sum, value) => sum + value, 0) / 1e6;
console.log(`decisions a second on one core: ${Math.round(N / seconds)}`);
await policy.close();

await underLoad();

const server = await startOpa();
if (server) {
  try {
    const values: number[] = [];
    for (let i = 0; i < 3_000; i++) {
      const ms = await timed(() => server.ask(writeInput));
      if (i >= 300) values.push(ms * 1_000);
    }
    show('the UPDATE by opa run --server over loopback', values);
  } finally {
    await server.stop();
  }
} else console.log('opa run --server: not measured, OPA could not be built');

/** What the histogram of `sudoqld serve` says while pgbench reads through it. */
async function underLoad(): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'sudoql-decision-'));
  const stage = await startStage({ ways: ['gateway'] });
  try {
    const script = join(home, 'lookup.sql');
    await writeFile(script, LOOKUP);
    for (const protocol of ['simple', 'prepared'] as const) {
      const before = await decisionsOf(stage.gateway.http);
      const load = { scripts: [script], protocol, clients: 8, seconds: 5, statements: 1 };
      const { tps } = await runPgbench(load, environment(stage.way('gateway'), 'read'), stage.pids);
      const after = await decisionsOf(stage.gateway.http);
      console.log(`in the gateway, ${protocol}, 8 clients, ${tps.toFixed(0)} tps: ${decisionsBetween(before, after)}`);
    }
  } finally {
    await stage.close();
    await rm(home, { recursive: true, force: true });
  }
}

async function startOpa() {
  const module = await readFile(new URL('../services/policy/compiler/go.mod', import.meta.url), 'utf8');
  const version = /open-policy-agent\/opa (v\S+)/.exec(module)?.[1];
  const home = await mkdtemp(join(tmpdir(), 'sudoql-opa-'));
  try {
    const env = { ...process.env, GOBIN: home, GOFLAGS: '-modcacherw' };
    await promisify(execFile)('go', ['install', `github.com/open-policy-agent/opa@${version}`], { env });
  } catch (error) {
    console.log(error instanceof Error ? error.message : error);
    await rm(home, { recursive: true, force: true });
    return null;
  }
  const port = await freePort();
  const child: ChildProcess = spawn(
    join(home, 'opa'),
    [
      'run',
      '--server',
      '--addr',
      `127.0.0.1:${port}`,
      '--log-level',
      'error',
      '--skip-version-check',
      '--bundle',
      directory,
    ],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  const url = `http://127.0.0.1:${port}`;
  while (
    !(await fetch(`${url}/health`).then(
      (response) => response.ok,
      () => false,
    ))
  ) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return {
    ask: async (input: unknown) => {
      const response = await fetch(`${url}/v1/data/sudoql/statement/decision`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ input }),
      });
      return response.json();
    },
    stop: async () => {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await gone;
      await rm(home, { recursive: true, force: true });
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}
