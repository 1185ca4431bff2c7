// One policy decision of the shipped policy: in process, and, when `go` can build it, by `opa run --server` over loopback.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { makePolicy } from '../services/policy/policy.ts';
import { adminInput, elevationInput, largestInput, readInput, writeInput } from '../services/policy/sample-inputs.ts';
import { DEFAULT_FACT_LIMITS } from '../services/statements/findings.ts';
import { quantile, timed } from './measure.ts';

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

const policy = makePolicy({ directory, watch: false });
console.log(`files → in force, cold: ${(await timed(() => policy.ready)).toFixed(0)} ms`);
if (policy.problem) throw new Error(policy.problem);
console.log(`the same again, compiler warm: ${(await timed(() => policy.reload())).toFixed(0)} ms`);

const largest = largestInput(DEFAULT_FACT_LIMITS);
show(
  'statement, a SELECT',
  measure(() => policy.statement(readInput)),
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
