// Policy over time: edit saved → shown, activation → in force on two gateways, replay, and statements while policies change.
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../services/gateway/cli/program.ts';
import { makeCompiler } from '../services/policy/compiler/compiler.ts';
import { makeDirectorySource } from '../services/policy/source/directory-source.ts';
import type { PolicyFiles } from '../services/policy/source/policy-files.ts';
import { makeCandidate } from '../services/policy/replay/candidate.ts';
import type { DecisionPage, RecordedDecision } from '../services/policy/replay/decisions.ts';
import { PAGE_DECISIONS } from '../services/policy/replay/decisions.ts';
import { replay } from '../services/policy/replay/replay.ts';
import { readInput, writeInput } from '../services/policy/gate/sample-inputs.ts';
import { startWhole } from '../test/helpers/whole.ts';
import { startReplica } from '../test/policy/replica.ts';
import { quantile, report, timed } from './measure.ts';

const shipped = fileURLToPath(new URL('../policies', import.meta.url));
/** Under load; fewer by an argument; with 0, edits alone are measured. */
const ACTIVATIONS = Number(process.argv[2] ?? 100);
const home = await mkdtemp(join(tmpdir(), 'sudoql-bench-policy-'));
try {
  if (ACTIVATIONS > 0) {
    await replaying();
    await activations();
  }
  await edits('the shipped policy', 0, 10);
  await edits('1,000 rules more', 1_000, 3);
} finally {
  await rm(home, { recursive: true, force: true });
}

/** A rule is saved; `check` and `test --watch` show what they think of it. Processor time beside it, for machines are busy. */
async function edits(name: string, rules: number, rounds: number): Promise<void> {
  const directory = join(home, `rules-${rules}`);
  await cp(shipped, directory, { recursive: true });
  for (let i = 0; i < rules; i++) await addRule(directory, `extra_${i}`);
  const file = join(directory, 'sudoql/statement/rules/agents/agents.rego');
  const text = await readFile(file, 'utf8');
  const out = new PassThrough();
  const stop = new AbortController();
  let shown = () => {};
  out.on('data', (data: Buffer) => {
    if (String(data).includes('waiting for changes')) shown();
  });
  const next = () =>
    new Promise<void>((resolve) => {
      shown = resolve;
    });
  const first = next();
  const watching = runCommand(['policy', 'test', '--watch', '--directory', directory], {
    out,
    err: new PassThrough(),
    signal: stop.signal,
  });
  await first;
  const tests: number[] = [];
  const processor: number[] = [];
  const checks: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const seen = next();
    const before = process.cpuUsage();
    const ms = await timed(async () => {
      await writeFile(file, `${text}\n# ${round}\n`);
      await seen;
    });
    const { user, system } = process.cpuUsage(before);
    if (round > 0) {
      tests.push(ms);
      processor.push((user + system) / 1_000);
    }
    const check = await timed(() =>
      runCommand(['policy', 'check', '--directory', directory], {
        out: new PassThrough().resume(),
        err: new PassThrough().resume(),
        signal: new AbortController().signal,
      }),
    );
    if (round > 0 && round <= 3) checks.push(check);
  }
  stop.abort();
  await watching;
  report(`${name}: edit saved → compiled, tests shown`, 'ms', tests);
  report(`${name}: processor time of that`, 'ms', processor);
  report(`${name}: policy check, from nothing`, 'ms', checks);
}

/** As an author makes it, and what it permits filled in. */
async function addRule(directory: string, name: string): Promise<void> {
  await runCommand(['policy', 'new', 'rule', name, '--directory', directory], {
    out: new PassThrough().resume(),
    err: new PassThrough().resume(),
    signal: new AbortController().signal,
  });
  const file = join(directory, 'sudoql/statement/rules', name, `${name}.rego`);
  const text = await readFile(file, 'utf8');
  await writeFile(
    file,
    text.replace('permitted if false', 'permitted if not "somebody else" in input.principal.groups'),
  );
}

async function filesOf(directory: string): Promise<PolicyFiles> {
  const found = await makeDirectorySource(directory).read();
  if (!found.ok) throw new Error(JSON.stringify(found.problems));
  return found.files;
}

/** Decisions of the two examples, in turn. */
async function replaying(): Promise<void> {
  const compiler = makeCompiler();
  const made = await makeCandidate(await filesOf(shipped), compiler);
  await compiler.close();
  if (!made.ok) throw new Error(JSON.stringify(made.problems));
  const parts = new Map<string, string>();
  const kinds = [readInput, writeInput].map(({ statement, clock, ...context }, i) => {
    parts.set(`context${i}`, JSON.stringify(context)).set(`facts${i}`, JSON.stringify(statement));
    return { context: `context${i}`, facts: `facts${i}`, clock: clock.iso };
  });
  const decision = (i: number): RecordedDecision => ({
    entry: `bench:${i}`,
    at: '2026-11-24T00:00:00.000Z',
    entrypoint: 'statement',
    ...(kinds[i % 2] ?? { context: '', facts: '', clock: '' }),
    result: 'allow',
    codes: [],
    terms: {},
    revision: null,
    principal: 'ana',
    target: 'shop',
    fingerprint: null,
    normalized: null,
    count: 1,
  });
  async function* pages(count: number): AsyncGenerator<DecisionPage> {
    for (let from = 0; from < count; from += PAGE_DECISIONS)
      yield { decisions: Array.from({ length: PAGE_DECISIONS }, (_, i) => decision(from + i)), parts };
  }
  for (const threads of [1, 2]) {
    await replay(pages(10_000), made.candidate, { threads });
    const rates: number[] = [];
    for (let round = 0; round < 5; round++) {
      const ms = await timed(() => replay(pages(100_000), made.candidate, { threads }));
      rates.push(100_000 / (ms / 1_000));
    }
    report(`replay, ${threads} thread(s), start of threads included`, 'decisions/s', rates);
  }
}

async function activations(): Promise<void> {
  const whole = await startWhole({ activated: shipped });
  const other = await startReplica(whole, 'other');
  try {
    const base = Object.fromEntries(await filesOf(shipped));
    const put = async (rows: number): Promise<string> => {
      const limits = `human: {}\nservice: {}\nagent: { max_rows: ${rows}, max_bytes: 4194304, timeout_ms: 30000 }\n`;
      const answer = await fetch(`${whole.http}/v1/policies`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${whole.tokens.sec}`, 'content-type': 'application/json' },
        body: JSON.stringify({ files: { ...base, 'settings/limits/data.yaml': limits } }),
      });
      const body = (await answer.json()) as { revision?: string };
      if (!answer.ok || !body.revision) throw new Error(JSON.stringify(body));
      return body.revision;
    };
    const inForce = async (http: string) =>
      /^sudoql_policy_info\{revision="(\w+)"\} 1$/m.exec(await (await fetch(`${http}/metrics`)).text())?.[1];
    const both = async (revision: string): Promise<void> => {
      for (const http of [whole.http, other.http])
        while ((await inForce(http)) !== revision) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    const committed: number[] = [];
    const judged: number[] = [];
    for (let round = 0; round < 10; round++) {
      const start = Date.now();
      const revision = await put(100 + round);
      await both(revision);
      const end = Date.now();
      const [row] = await whole.onLedger('SELECT activated_at FROM policy_activation ORDER BY seq DESC LIMIT 1');
      const at = row?.activated_at instanceof Date ? row.activated_at.getTime() : Number.NaN;
      judged.push(at - start);
      committed.push(end - at);
    }
    report('new policy: sent → through all gates', 'ms', judged);
    report('new policy: activated → in force on two gateways', 'ms', committed);

    const clients = await Promise.all([whole.connect(), whole.connect('ben'), other.connect(), other.connect('ben')]);
    let running = true;
    const times: number[] = [];
    let lost = 0;
    const load = clients.map(async (client) => {
      while (running) {
        await client.query('SELECT id FROM orders WHERE id = 7').then(
          () => undefined,
          () => lost++,
        );
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    });
    const sampling = clients.map(async (client) => {
      while (running) {
        times.push(await timed(() => client.query('SELECT 1').catch(() => lost++)));
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    });
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    report('statements while nothing changes', 'ms', times.splice(0));
    const took = await timed(async () => {
      for (let i = 0; i < ACTIVATIONS; i++) await both(await put(200 + (i % 2)));
    });
    running = false;
    await Promise.all([...load, ...sampling]);
    report(`statements while ${ACTIVATIONS} policies are activated`, 'ms', times);
    console.log(
      `  ${ACTIVATIONS} activations in ${(took / 1_000).toFixed(1)} s; statements lost: ${lost}; stalled for more than 1 s: ${times.filter((ms) => ms > 1_000).length} (p99.9 ${quantile(times, 0.999).toFixed(1)} ms)`,
    );
    await Promise.all(clients.map((client) => client.end()));
  } finally {
    await other.stop();
    await whole.remove();
  }
}
