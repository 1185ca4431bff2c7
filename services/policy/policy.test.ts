import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { makeCompiledCache } from './compiler/compiled-cache.ts';
import { makeCompiler } from './compiler/compiler.ts';
import { makePolicy, type PolicyOptions } from './policy.ts';
import type { PolicySource } from './source/policy-files.ts';
import { adminInput, elevationInput, readInput, writeInput } from './gate/sample-inputs.ts';
import { copyOfLean, lean, policyCache, shippedDirectory, shippedFiles } from './testing.ts';

const compiler = makeCompiler();
const sharedCache = await mkdtemp(join(tmpdir(), 'sudoql-cache-'));
const endings: (() => Promise<unknown>)[] = [
  () => compiler.close(),
  () => rm(sharedCache, { recursive: true, force: true }),
];
after(() => Promise.all(endings.map((end) => end())));

interface News {
  activated: [string, string | null, string][];
  refused: [string, string | null][];
  /** Resolves with the next of either. */
  next(): Promise<void>;
}

function policyOf(options: PolicyOptions) {
  const waiting: (() => void)[] = [];
  const wake = () => {
    for (const resolve of waiting.splice(0)) resolve();
  };
  const news: News = { activated: [], refused: [], next: () => new Promise((resolve) => waiting.push(resolve)) };
  const policy = makePolicy({
    compiler,
    cacheDirectory: sharedCache,
    onActivated: (now, previous, summary) => {
      news.activated.push([now.revision, previous?.revision ?? null, summary]);
      wake();
    },
    onRefused: (...args) => {
      news.refused.push(args);
      wake();
    },
    ...options,
  });
  endings.push(() => policy.close());
  return { policy, news };
}

async function ownDirectory(): Promise<string> {
  const directory = await copyOfLean();
  endings.push(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

const wholeTable = { ...writeInput, statement: { ...writeInput.statement, where: 'none' as const } };

test('the shipped policy lets a developer read, elevate for a quarter of an hour and write rows, and names its revision', async () => {
  const { policy, news } = policyOf({ directory: shippedDirectory, watch: false, cacheDirectory: policyCache });
  assert.deepEqual(policy.statement(readInput), { ok: false, fault: 'no policy is in force', revision: null });
  await policy.ready;
  assert.equal(policy.problem, null);
  assert.equal(news.activated[0]?.[0], policy.revision);

  const read = policy.statement(readInput);
  assert.ok(read.ok && read.decision.allow);
  assert.equal(read.revision, policy.revision);
  assert.ok(read.microseconds > 0);
  assert.ok(read.lasting, 'no shipped rule on statements reads the clock');
  const elevation = policy.elevation(elevationInput);
  assert.ok(elevation.ok && !elevation.lasting);
  assert.deepEqual(elevation.decision, {
    result: 'allow',
    reasons: [],
    max_seconds: 14_400,
    default_seconds: 900,
    notify: [],
  });
  const write = policy.statement(writeInput);
  assert.ok(write.ok && write.decision.allow);
  const all = policy.statement(wholeTable);
  assert.ok(all.ok);
  assert.deepEqual(
    all.decision.reasons.map(({ code }) => code),
    ['whole_table'],
  );
  const shown = policy.admin(adminInput);
  assert.ok(shown.ok && shown.decision.allow);
  const revoked = policy.admin({ ...adminInput, action: 'elevation.revoke' });
  assert.ok(revoked.ok && !revoked.decision.allow);
});

test('promise 9: with no usable policy every decision is a fault, and problem says what to mend', async () => {
  const { policy } = policyOf({ directory: '/nowhere/at/all', watch: false });
  await policy.ready;
  assert.equal(policy.revision, null);
  assert.match(policy.problem ?? '', /cannot read the directory \/nowhere\/at\/all/);
  for (const answer of [policy.statement(readInput), policy.elevation(elevationInput), policy.admin(adminInput)]) {
    assert.deepEqual(answer, { ok: false, fault: 'no policy is in force', revision: null });
  }
});

test('promise 9: a saved change is judged and replaces; a bad one leaves the last good one in force and is told once', async () => {
  const directory = await ownDirectory();
  const { policy, news } = policyOf({ directory });
  await policy.ready;
  const first = policy.revision;
  assert.ok(first);

  const path = join(directory, 'settings/whole_table/data.yaml');
  const before = await readFile(path, 'utf8');
  const activated = news.next();
  await writeFile(path, before.replace('enabled: true', 'enabled: false'));
  await activated;
  assert.notEqual(policy.revision, first);
  assert.deepEqual(news.activated[1], [
    policy.revision,
    first,
    'changed settings/whole_table/data.yaml; whole_table.enabled: true → false',
  ]);
  const allowed = policy.statement(wholeTable);
  assert.ok(allowed.ok && allowed.decision.allow);

  const second = policy.revision;
  const refused = news.next();
  await writeFile(path, 'enabled: perhaps\n');
  await refused;
  assert.equal(policy.revision, second);
  assert.match(policy.problem ?? '', /settings\/whole_table\/data\.yaml/);
  assert.equal(news.refused.length, 1);
  assert.ok(policy.statement(wholeTable).ok);
  await policy.reload();
  assert.equal(news.refused.length, 1, 'the same problem is told once');

  await writeFile(path, before);
  await policy.reload();
  assert.equal(policy.revision, first);
  assert.equal(policy.problem, null);
});

test('promise 9: a directory that is swapped by a link, removed and made anew is followed on, and while it is away the last good policy stays', async () => {
  const home = await mkdtemp(join(tmpdir(), 'sudoql-policy-link-'));
  endings.push(() => rm(home, { recursive: true, force: true }));
  const from = await ownDirectory();
  for (const version of ['v1', 'v2']) await cp(from, join(home, version), { recursive: true });
  await writeFile(join(home, 'v2/settings/whole_table/data.yaml'), 'enabled: false\nallowed: []\n');
  await symlink('v1', join(home, '..data'));
  const { policy, news } = policyOf({ directory: join(home, '..data') });
  await policy.ready;
  const first = policy.revision;

  const swapped = news.next();
  await symlink('v2', join(home, '..data_tmp'));
  await rename(join(home, '..data_tmp'), join(home, '..data'));
  await swapped;
  assert.equal(news.refused.length, 0);
  const second = policy.revision;
  assert.notEqual(second, first);

  const gone = news.next();
  await rename(join(home, 'v2'), join(home, 'away'));
  await gone;
  assert.match(policy.problem ?? '', /cannot read the directory/);
  assert.equal(policy.revision, second);
  assert.ok(policy.statement(readInput).ok);

  const back = news.next();
  await rename(join(home, 'v1'), join(home, 'v2'));
  await back;
  assert.equal(policy.revision, first);
  await policy.reload();
  assert.equal(policy.problem, null);
});

test('a change of tests alone is judged and is no new revision', async () => {
  const directory = await ownDirectory();
  const { policy, news } = policyOf({ directory, watch: false });
  await policy.ready;
  await writeFile(join(directory, 'more_test.rego'), 'package more_test\n\ntest_more if true\n');
  await policy.reload();
  assert.equal(news.activated.length, 1);
  await writeFile(join(directory, 'more_test.rego'), 'package more_test\n\ntest_more if false\n');
  await policy.reload();
  assert.equal(news.activated.length, 1);
  assert.match(policy.problem ?? '', /more_test\.rego:3: test_more fails/);
});

test('statements decided while a candidate is judged are each decided wholly by one revision', async () => {
  const directory = await ownDirectory();
  const { policy } = policyOf({ directory, watch: false });
  await policy.ready;
  const first = policy.revision;
  await writeFile(join(directory, 'settings/whole_table/data.yaml'), 'enabled: false\nallowed: []\n');
  let judged = false;
  const reloading = policy.reload().then(() => {
    judged = true;
  });
  let decided = 0;
  while (!judged) {
    const answer = policy.statement(wholeTable);
    assert.ok(answer.ok);
    assert.equal(answer.decision.allow, answer.revision !== first);
    decided++;
    await new Promise((resolve) => setImmediate(resolve));
  }
  await reloading;
  assert.ok(decided > 10);
  assert.notEqual(policy.revision, first);
});

test('a second start takes the compiled policy from the cache, which only its owner may enter; a damaged one is compiled anew', async () => {
  const home = await mkdtemp(join(tmpdir(), 'sudoql-cache-'));
  endings.push(() => rm(home, { recursive: true, force: true }));
  const cacheDirectory = join(home, 'policy');
  const directory = await ownDirectory();
  const start = async () => {
    const requests: string[] = [];
    const counting = {
      ...compiler,
      run: (...args: Parameters<typeof compiler.run>) => {
        requests.push(args[0].op);
        return compiler.run(...args);
      },
    };
    const { policy } = policyOf({ directory, watch: false, cacheDirectory, compiler: counting });
    await policy.ready;
    assert.equal(policy.problem, null);
    const answer = policy.statement(readInput);
    assert.ok(answer.ok && answer.decision.allow);
    return requests;
  };
  assert.deepEqual(await start(), ['test']);
  assert.deepEqual(await start(), []);
  assert.equal((await stat(cacheDirectory)).mode & 0o777, 0o700);
  const [name = ''] = await readdir(cacheDirectory);
  const damaged = await readFile(join(cacheDirectory, name));
  damaged[damaged.length - 1] = (damaged.at(-1) ?? 0) ^ 1;
  await writeFile(join(cacheDirectory, name), damaged);
  assert.equal(await makeCompiledCache(cacheDirectory).read(name.replace('.wasm', '')), null);
  assert.deepEqual(await start(), ['test']);
});

test('a source that throws is a problem, not a crash, and what was in force stays', async () => {
  const files = lean(await shippedFiles());
  let broken = false;
  const source: PolicySource = {
    read: () => (broken ? Promise.reject(new Error('out of reach')) : Promise.resolve({ ok: true, files })),
    watch: () => () => {},
  };
  const { policy } = policyOf({ source });
  await policy.ready;
  broken = true;
  await policy.reload();
  assert.match(policy.problem ?? '', /out of reach/);
  assert.ok(policy.statement(readInput).ok);
});

test('odd inputs are answered or are faults, and the next decision is as before', async () => {
  const { policy } = policyOf({ directory: await ownDirectory(), watch: false });
  await policy.ready;
  const deep: unknown[] = [];
  let at = deep;
  for (let i = 0; i < 5_000; i++) {
    const next: unknown[] = [];
    at.push(next);
    at = next;
  }
  const odd = [
    { ...readInput, principal: { ...readInput.principal, id: '\ud800\u0000\u202e"\\' } },
    { ...readInput, clock: { ns: 2 ** 70, iso: '' } },
    { ...readInput, clock: { ns: Number.MAX_VALUE, iso: '' } },
    { ...readInput, principal: { ...readInput.principal, groups: deep as string[] } },
    { ...readInput, statement: { ...readInput.statement, normalized: 'x'.repeat(100_000_000) } },
  ];
  for (const input of odd) {
    policy.statement(input);
    const next = policy.statement(readInput);
    assert.ok(next.ok && next.decision.allow);
  }
  const huge = policy.statement(odd[4] ?? readInput);
  assert.ok(!huge.ok && /the policy failed/.test(huge.fault));
});
