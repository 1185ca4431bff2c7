// docs/examples/policy-ci: each step of the example workflow, run as written but for checking out and installing.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { copyOfLean, shippedDirectory } from '../../services/policy/testing.ts';
import { until } from '../helpers/until.ts';
import { startWhole, type Whole } from '../helpers/whole.ts';

interface Step {
  name?: string;
  run?: string;
}
const root = fileURLToPath(new URL('../..', import.meta.url));
const workflow = parse(await readFile(join(root, 'docs/examples/policy-ci/policy.yml'), 'utf8')) as {
  jobs: Record<'check' | 'activate', { steps: Step[] }>;
};
let whole: Whole;
let repository: string;
let store: Server;
let env: NodeJS.ProcessEnv;
const endings: (() => Promise<unknown> | unknown)[] = [];

before(async () => {
  repository = await mkdtemp(join(tmpdir(), 'sudoql-policy-ci-'));
  endings.push(() => rm(repository, { recursive: true, force: true }));
  const lean = await copyOfLean();
  endings.push(() => rm(lean, { recursive: true, force: true }));
  whole = await startWhole({ activated: lean });
  endings.push(() => whole.remove());
  const ana = await whole.connect();
  await ana.query('SELECT count(*) FROM orders');
  await ana.query("SELECT sudo('OPS-1 clean up')");
  await ana.query('DELETE FROM orders').catch(() => undefined);
  await until('the refusal is recorded', async () => (await whole.entries('statement_refused'))[0]);
  const decisions = await whole.sudoqld('policy', 'export');
  store = createServer((request, response) => {
    const allowed = request.headers.authorization === 'Bearer store-token';
    response.writeHead(allowed ? 200 : 403).end(allowed ? decisions : '');
  });
  await new Promise<void>((resolve) => store.listen(0, '127.0.0.1', resolve));
  endings.push(() => store.close());
  const { SUDOQL_CONFIG: _, ...inherited } = process.env;
  env = {
    ...inherited,
    SUDOQLD: `${process.execPath} ${join(root, 'bin/sudoqld.js')}`,
    DECISIONS_URL: `http://127.0.0.1:${(store.address() as AddressInfo).port}/decisions`,
    DECISIONS_TOKEN: 'store-token',
    SUDOQL_TOKEN: whole.tokens.sec,
    SUDOQL_URL: whole.http,
  };
});
after(async () => {
  for (const end of endings.reverse()) await end();
});

/** Runs a job's steps, from the one named `from` on, until one fails; returns its name, or null, and what was printed. */
async function run(job: 'check' | 'activate', from?: string): Promise<{ failed: string | null; output: string }> {
  let output = '';
  const { steps } = workflow.jobs[job];
  const first = from === undefined ? 0 : steps.findIndex(({ name }) => name === from);
  for (const { name = '', run: script } of steps.slice(first)) {
    if (script === undefined || name === 'install') continue;
    const code = await new Promise<number>((resolve) => {
      execFile('bash', ['-e', '-c', script], { cwd: repository, env }, (error, stdout, stderr) => {
        output += `${stdout}${stderr}`;
        resolve(error ? Number(error.code) : 0);
      });
    });
    if (code !== 0) return { failed: name, output };
  }
  return { failed: null, output };
}
const policies = async (change: Record<string, string>) => {
  await rm(join(repository, 'policies'), { recursive: true, force: true });
  await cp(shippedDirectory, join(repository, 'policies'), { recursive: true });
  for (const [path, text] of Object.entries(change)) await writeFile(join(repository, 'policies', path), text);
};

test('a change that is well passes every step and is in force after the merge', async () => {
  await policies({ 'settings/limits/data.yaml': 'human: { max_rows: 5000 }\nservice: {}\nagent: { max_rows: 10 }\n' });
  const checked = await run('check');
  assert.equal(checked.failed, null, checked.output);
  const activated = await run('activate');
  assert.equal(activated.failed, null, activated.output);
  const [last] = await whole.onLedger('SELECT actor, summary FROM policy_activation ORDER BY seq DESC LIMIT 1');
  assert.deepEqual(last?.actor, { principal: 'sec' });
  // What was in force was the same without most of its tests.
  assert.match(
    String(last?.summary),
    /^changed settings\/limits\/data\.yaml; added (\S+_test\.rego(, )?)+( and \d+ more)?; limits\.agent\.max_bytes: 4194304 → absent; limits\.agent\.max_rows: 1000 → 10; limits\.agent\.timeout_ms: 30000 → absent; limits\.human\.max_rows: absent → 5000$/,
  );
});

test('a change that would permit what was refused last month fails at replay, and says what', async () => {
  await policies({ 'settings/whole_table/data.yaml': 'enabled: false\nallowed: []\n' });
  const { failed, output } = await run('check', 'fetch decisions');
  assert.equal(failed, 'replay', output);
  assert.match(output, /deny→allow {2}whole_table {2}ana on shop/);
});

test('a typo fails at the first step', async () => {
  await policies({ 'settings/whole_table/data.yaml': 'enabld: false\nallowed: []\n' });
  const { failed, output } = await run('check');
  assert.equal(failed, 'check');
  assert.match(output, /settings\/whole_table\/data\.yaml/);
});
