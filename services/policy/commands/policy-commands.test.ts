import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { access, cp, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { after, before, test } from 'node:test';
import { Command } from 'commander';
import type { CompiledCache } from '../compiler/compiled-cache.ts';
import { adminInput, elevationInput, writeInput } from '../gate/sample-inputs.ts';
import { copyOfLean, lean, shippedDirectory, shippedFiles } from '../testing.ts';
import type { Principal } from '../../contract/words.ts';
import type { PolicyCommandParts } from './parts.ts';
import type { World } from './world.ts';
import { registerPolicyCommands } from './policy-commands.ts';

class Failed extends Error {
  readonly exitCode: number;
  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** As a user's: the same directory is compiled once. */
const kept = new Map<string, Uint8Array>();
const cache: CompiledCache = {
  read: async (key) => kept.get(key) ?? null,
  write: async (key, bytes) => void kept.set(key, bytes),
};
/** Lean; the shipped one is for what its tests are needed for. */
let directory = '';
const made: string[] = [];
before(async () => {
  directory = await fresh();
});
after(() => Promise.all(made.map((one) => rm(one, { recursive: true, force: true }))));

async function fresh(): Promise<string> {
  const copy = await copyOfLean();
  made.push(copy);
  return copy;
}

interface Ran {
  code: number;
  out: string;
}

class Collected extends Writable {
  text = '';
  onText: () => void = () => {};
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    this.onText();
    done();
  }
}

function start(args: string[], more: Partial<PolicyCommandParts> = {}): { out: Collected; done: Promise<Ran> } {
  const out = new Collected();
  const program = new Command('sudoqld').exitOverride();
  registerPolicyCommands(program, {
    out,
    err: out,
    signal: new AbortController().signal,
    fail: (message, exitCode) => new Failed(message, exitCode),
    cache,
    ...more,
  });
  const done = program.parseAsync(['policy', ...args], { from: 'user' }).then(
    () => ({ code: 0, out: out.text }),
    (error: unknown) => {
      if (!(error instanceof Failed)) throw error;
      return { code: error.exitCode, out: `${out.text}${error.message}` };
    },
  );
  return { out, done };
}

const run = (...args: string[]) => start(args).done;

/** Changes a file for one test. */
async function withChange(path: string, change: (text: string) => string, act: () => Promise<void>): Promise<void> {
  const file = join(directory, path);
  const text = await readFile(file, 'utf8');
  await writeFile(file, change(text));
  try {
    await act();
  } finally {
    await writeFile(file, text);
  }
}

const WRITE_MODE = 'sudoql/statement/rules/write_mode/write_mode.rego';

test('check says that the shipped policy is well', async () => {
  const { code, out } = await run('check', '-d', shippedDirectory);
  assert.equal(code, 0, out);
  assert.match(out, /is well: \d+ files/);
});

test('test tells coverage as LCOV, and names changes of named or changed files that no test notices', async () => {
  const told = await run('test', '-d', directory, '--format', 'lcov');
  assert.equal(told.code, 0, told.out);
  assert.match(told.out, /^TN:\nSF:\S+\/complete_input\.rego\nDA:\d+,0\n/);
  assert.match(told.out, /agents\.rego\nDA:15,1\n/);

  const agents = 'sudoql/statement/rules/agents';
  const less = (text: string) => text.replace(/test_people_and[\s\S]*?\n}\n\n|test_an_unheard_of[\s\S]*/g, '');
  await withChange(`${agents}/agents_test.rego`, less, async () => {
    const named = await run('test', '-d', directory, '--mutate', agents);
    assert.equal(named.code, 1);
    assert.match(
      named.out,
      /agents\.rego:17:1: no test notices when this rule is gone: permitted if .*\(unnoticed\)\n8 of 9/,
    );
    const other = await fresh();
    const file = join(other, agents, 'agents.rego');
    await writeFile(file, `${await readFile(file, 'utf8')}\n# Another.\n`);
    const found = await run('test', '-d', directory, '--changed-from', other, '--json');
    const { ok, mutation } = JSON.parse(found.out);
    assert.deepEqual([found.code, ok, mutation.tried, mutation.unnoticed[0].kind], [1, false, 9, 'dropped']);
  });
});

test('check names file, line and the field that was meant, also as JSON', async () => {
  await withChange(
    WRITE_MODE,
    (text) => text.replace('input.elevation.id', 'input.elevation.idd'),
    async () => {
      const { code, out } = await run('check', '-d', directory);
      assert.equal(code, 1);
      assert.match(out, /write_mode\.rego:\d+:\d+: input\.elevation has no field "idd"; did you mean "id"\?/);
      const json = JSON.parse((await run('check', '-d', directory, '--json')).out);
      assert.equal(json.ok, false);
      assert.equal(json.problems[0].file, WRITE_MODE);
    },
  );
});

test('check warns, and with --strict refuses, a condition that a missing field does not make true', async () => {
  const careless = (text: string) => text.replace('if not permitted', 'if not startswith(input.mode, "w")');
  await withChange('sudoql/statement/rules/ddl/ddl.rego', careless, async () => {
    assert.match(
      (await run('check', '-d', directory)).out,
      /ddl\.rego:\d+:\d+: warning: without input\.mode this is undefined, not true/,
    );
    assert.equal((await run('check', '-d', directory, '--strict')).code, 1);
  });
});

test('check holds the conformance suite against the policy', async () => {
  await withChange(
    WRITE_MODE,
    (text) => text.replace('if not permitted', 'if false'),
    async () => {
      const { code, out } = await run('check', '-d', directory);
      assert.equal(code, 1);
      assert.match(out, /the effect write in read mode for a human must be refused/);
    },
  );
});

test('test counts, and shows a failing comparison as a difference', async () => {
  const { code, out } = await run('test', '-d', shippedDirectory, '--coverage', '--threshold', '100');
  assert.equal(code, 0, out);
  assert.match(out, /(\d+) of \1 tests pass\ncoverage 100\.0 %/);
  const own = await fresh();
  const test = 'sudoql/statement/decision_test.rego';
  const text = await readFile(join(shippedDirectory, test), 'utf8');
  const wrong = text.replace(
    '{"allow": true, "reasons": [], "obligations": {}}',
    '{"allow": false, "reasons": [], "obligations": {}}',
  );
  await writeFile(join(own, test), wrong);
  const failed = await run('test', '-d', own);
  assert.equal(failed.code, 1);
  assert.match(failed.out, /FAIL sudoql\/statement\/decision_test\.rego:6: test_a_read_is_allowed/);
  assert.match(failed.out, /- {3}"allow": true,\n *\+ {3}"allow": false,/);
});

test('a test that is skipped does not pass, as no gate lets it', async () => {
  const own = await fresh();
  await writeFile(join(own, 'extra_test.rego'), 'package extra_test\n\ntest_one := true\n\ntodo_test_two := true\n');
  const { code, out } = await run('test', '-d', own, '--filter', '^data\\.extra_test');
  assert.match(out, /SKIP .*todo_test_two/);
  assert.match(out, /1 of 2 tests pass/);
  assert.equal(code, 1);
});

test('test with a filter runs only what matches, and nothing is a failure', async () => {
  const json = JSON.parse(
    (await run('test', '-d', directory, '--json', '--filter', 'agents_test\\.test_an_agent')).out,
  );
  assert.deepEqual(
    json.tests.map((one: { name: string }) => one.name),
    ['test_an_agent_does_not_even_read_in_write_mode', 'test_an_agent_does_not_write', 'test_an_agent_reads'],
  );
  const none = await run('test', '-d', directory, '--filter', 'no such test');
  assert.deepEqual([none.code, none.out], [1, 'no test matches no such test\n']);
});

test('test --watch runs again after each change until it is interrupted', async () => {
  const stop = new AbortController();
  const { out, done } = start(['test', '-d', directory, '--watch'], { signal: stop.signal });
  const shows = (pattern: RegExp) =>
    new Promise<void>((resolve) => {
      out.onText = () => pattern.test(out.text) && resolve();
      out.onText();
    });
  await shows(/waiting for changes/);
  const settings = join(directory, 'more_test.rego');
  await writeFile(settings, 'package more_test\n\ntest_more if 1 == 2\n');
  await shows(/FAIL more_test\.rego:3: test_more/);
  await rm(settings);
  await shows(/FAIL[\s\S]*waiting for changes[\s\S]*waiting for changes/);
  stop.abort();
  assert.equal((await done).code, 0);
});

test('fmt --check names what is not formatted, and fmt formats it', async () => {
  assert.equal((await run('fmt', '-d', shippedDirectory, '--check')).code, 0);
  const file = 'sudoql/untidy.rego';
  await writeFile(join(directory, file), 'package sudoql.untidy\na   :=   1\n');
  assert.deepEqual(await run('fmt', '-d', directory, '--check'), { code: 1, out: `${file}\n` });
  assert.deepEqual(await run('fmt', '-d', directory), { code: 0, out: `${file}\n` });
  assert.equal(await readFile(join(directory, file), 'utf8'), 'package sudoql.untidy\n\na := 1\n');
  await rm(join(directory, file));
});

test('new makes a rule that compiles, refuses everything, and has a failing test; a name is used once', async () => {
  const own = await fresh();
  assert.equal((await run('new', 'rule', 'no_friday_writes', '-d', own)).code, 0);
  await access(join(own, 'sudoql/statement/rules/no_friday_writes/no_friday_writes_test.rego'));
  assert.equal((await run('check', '-d', own)).code, 0);
  assert.equal((await run('fmt', '-d', own, '--check')).code, 0);
  const failing = await run('test', '-d', own, '--filter', 'no_friday_writes');
  assert.equal(failing.code, 1);
  assert.match(failing.out, /FAIL .*no_friday_writes_test\.rego:\d+: test_what_passes/);
  assert.match(failing.out, /1 of 2 tests pass/);
  assert.equal((await run('new', 'rule', 'no_friday_writes', '-d', own)).code, 1);
  for (const name of ['../evil', 'Upper', 'a-b', 'x_test', '']) {
    assert.equal((await run('new', 'rule', name, '-d', own)).code, 2, name);
  }
});

const deleteAll = {
  ...writeInput.statement,
  type: 'DeleteStmt',
  where: 'none' as const,
  normalized: 'DELETE FROM orders',
};
const facts: PolicyCommandParts['facts'] = async () => ({
  labels: { environment: 'production' },
  statements: [deleteAll],
});

test('eval of a statement shows facts, decision and the rules that gave a reason', async () => {
  const { code, out } = await start(['eval', 'DELETE FROM orders', '--mode', 'write', '-d', directory], { facts }).done;
  assert.equal(code, 1);
  assert.match(out, /DELETE FROM orders\n {2}DeleteStmt; effects read, write; where none/);
  assert.match(out, /"code": "whole_table"/);
  assert.match(
    out,
    /gave a reason: sudoql\.statement\.rules\.whole_table\.deny \(sudoql\/statement\/rules\/whole_table\/whole_table\.rego:\d+\)/,
  );
});

const ANA: Principal = { id: 'ana', email: null, groups: ['dev'], kind: 'human', elevate: 'in-band' };
const DEPLOY: Principal = { id: 'deploy', email: null, groups: ['dev'], kind: 'service', elevate: 'connect' };
const SEC: Principal = { id: 'sec', email: null, groups: ['security'], kind: 'human', elevate: 'in-band' };
const world: World = {
  targets: [
    { name: 'shop', labels: { environment: 'production' } },
    { name: 'scratch', labels: { environment: 'test' } },
  ],
  people: [ANA, DEPLOY, SEC],
};
const knowing: Partial<PolicyCommandParts> = {
  world: async () => world,
  seconds: (text) => (/^\d+h$/.test(text) ? Number.parseInt(text, 10) * 3_600 : null),
};

test('eval of an elevation and of administration by flags: people and labels come from the ledger and the configuration', async () => {
  const asked = async (...args: string[]) => {
    const { code, out } = await start(['eval', '-d', directory, '--json', ...args], knowing).done;
    return { code, out, first: code < 2 ? JSON.parse(out.slice(out.indexOf('['))) : null };
  };
  const short = await asked('--elevate', '2h', '--reason', 'fix', '--at', '2026-11-18T11:00:00Z');
  assert.deepEqual([short.code, short.first[0].decision.result, short.first[0].entrypoint], [0, 'allow', 'elevation']);
  assert.deepEqual(short.first[0].input.principal, ANA);
  assert.deepEqual(short.first[0].input.target, world.targets[0]);
  assert.deepEqual(
    [short.first[0].input.requested_seconds, short.first[0].input.clock.iso],
    [7_200, '2026-11-18T11:00:00.000Z'],
  );
  const long = await asked('--elevate', '8h', '--reason', 'fix');
  assert.deepEqual([long.code, long.first[0].decision.reasons[0].code], [1, 'too_long']);
  const service = await asked('--elevate', '--reason', 'release', '--as', 'deploy');
  assert.deepEqual([service.code, service.first[0].input.by], [0, 'connect']);
  const ledger = await asked('--administer', 'ledger.read', '--as', 'sec');
  assert.equal(ledger.code, 0);
  assert.equal((await asked('--administer', 'ledger.read')).code, 1);
  assert.equal((await asked('--administer', 'elevation.revoke', '--subject', 'ana')).code, 0);
  assert.match((await asked('--elevate')).out, /give --reason/);
  assert.match((await asked('--elevate', 'soon', '--reason', 'x')).out, /takes a duration/);
  assert.equal((await asked('--elevate', '--input', 'x')).code, 2);
});

test('check with a configuration: names of targets, channels and groups that are not known there are mistakes', async () => {
  const other = await fresh();
  await writeFile(join(other, 'settings/ddl/data.yaml'), 'enabled: true\ngroups: [dbaa]\n');
  await writeFile(
    join(other, 'settings/accesses/data.yaml'),
    'forbidden: [{ access: [delete], targets: [shpo], except_groups: [dev] }]\n',
  );
  const surroundings = async () => ({ targets: ['shop'], channels: ['team'], groups: ['dev', 'security'] });
  const { code, out } = await start(['check', other, '--config', 'sudoql.yaml'], { surroundings }).done;
  assert.equal(code, 1);
  assert.deepEqual(
    out.split('\n').map((line) => /^(?!.*warning).*\((unknown_\w+)\)$/.exec(line)?.[1] ?? line),
    ['unknown_target', 'unknown_group', ''],
  );
  assert.equal((await start(['check', other], { surroundings }).done).code, 0);
});

test('matrix, who-can and diff say who can do what, of those that are known', async () => {
  const asked = async (...args: string[]) => (await start(args, knowing).done).out;
  assert.match(
    await asked('who-can', 'write', 'shop', '-d', directory),
    /^ana +yes\ndeploy \(service\) +yes\ngroup:dev +yes\n$/,
  );
  const table = await asked('matrix', directory, '--target', 'shop');
  assert.match(table, /^who +target +read +write +ddl +elevate +minutes\nana +shop +yes +yes +no +yes +240\n/);
  assert.match(table, /\nsec administers: elevation\.show_reason, elevation\.revoke, .*token\.revoke, .*notice\.send/);
  assert.equal((await start(['who-can', 'write', 'nowhere', '-d', directory], knowing).done).code, 2);
  const other = await fresh();
  const settings = join(other, 'settings/elevation/data.yaml');
  await writeFile(settings, (await readFile(settings, 'utf8')).replace('groups: [dev]', 'groups: [dev, security]'));
  const difference = await asked('diff', directory, other);
  assert.match(difference, /\n {2}sec can now write to shop\n/);
  assert.doesNotMatch(await asked('diff', directory, other, '--no-matrix'), /can now/);
});

test('check and test tell it in the forms that others read', async () => {
  const careless = (text: string) => text.replace('if not permitted', 'if not startswith(input.mode, "w")');
  await withChange('sudoql/statement/rules/ddl/ddl.rego', careless, async () => {
    const { runs } = JSON.parse((await run('check', '-d', directory, '--format', 'sarif')).out);
    assert.deepEqual(
      runs[0].results.map(({ ruleId, level }: { ruleId: string; level: string }) => [ruleId, level]),
      [
        ['not_of_undefined', 'warning'],
        ['not_in_force', 'warning'],
      ],
    );
    assert.match(
      (await run('check', '-d', directory, '--format', 'github')).out,
      /^::warning file=.*ddl\.rego,line=\d+,col=\d+,title=not_of_undefined::/,
    );
  });
  const { out } = await run('test', '-d', directory, '--filter', 'agents', '--format', 'junit');
  assert.match(out, /<testsuite name="sudoql\.statement\.rules\.agents_test" tests="\d+">\n<testcase name="test_/);
});

test('new says of a directory that a gateway watches that it is live', async () => {
  const own = await fresh();
  const watching: Partial<PolicyCommandParts> = { isWatched: (one) => one === own };
  assert.match((await start(['new', 'rule', 'x', '-d', own], watching).done).out, /A gateway watches this directory/);
  assert.doesNotMatch((await start(['new', 'rule', 'x', '-d', await fresh()], watching).done).out, /watches/);
});

test('eval says what it assumed, and assumes no group', async () => {
  const { out } = await start(['eval', '-d', directory, '--elevate', '--reason', 'fix', '--as', 'eve'], {}).done;
  assert.match(
    out,
    /^assumed: eve is a human \(--kind\); eve is in no group \(--groups\); shop has no labels, so that it is production \(--config\); it is now \(--at\)\n/,
  );
  assert.match(out, /not_granted/);
  const told = await start(
    ['eval', '-d', directory, '--elevate', '--reason', 'fix', '--as', 'ana', '--at', '2026-11-18T11:00:00Z'],
    knowing,
  ).done;
  assert.doesNotMatch(told.out, /assumed/);
  assert.equal(told.code, 0);
});

test('eval of a whole input from a file', async () => {
  const file = join(directory, '.input.json');
  await writeFile(file, JSON.stringify(elevationInput));
  const { code, out } = await run('eval', '--input', file, '--entrypoint', 'elevation', '--json', '-d', directory);
  assert.equal(code, 0);
  assert.equal(JSON.parse(out)[0].decision.result, 'allow');
  assert.equal((await run('eval', '-d', directory)).code, 2);
  assert.equal((await run('eval', 'SELECT 1', '-d', directory)).code, 2);
  const nothing: PolicyCommandParts['facts'] = async () => ({ labels: {}, statements: [] });
  assert.equal((await start(['eval', '/* nothing */', '-d', directory], { facts: nothing }).done).code, 2);
  assert.equal((await run('eval', '--input', '/nowhere.json', '-d', directory)).code, 2);
});

test('explain says which conditions did not hold, and what they looked at', async () => {
  const { code, out } = await start(['explain', 'DELETE FROM orders', '--mode', 'write', '-d', directory], { facts })
    .done;
  assert.equal(code, 1);
  assert.match(out, /remedy: name the rows in WHERE/);
  assert.match(out, /whole_table\.rego:\d+: input\.statement\.where == "real"\n +input\.statement\.where = "none"/);
});

test('explain of an admin request names the rules that could have permitted it', async () => {
  const file = join(directory, '.admin.json');
  await writeFile(file, JSON.stringify({ ...adminInput, action: 'ledger.read' }));
  const { code, out } = await run('explain', '--input', file, '--entrypoint', 'admin', '-d', directory);
  assert.equal(code, 1);
  assert.match(
    out,
    /sudoql\.admin\.rules\.own\.permit[\s\S]*input\.subject == input\.principal\.id\n +input\.subject = "ben"/,
  );
  assert.match(out, /sudoql\.admin\.rules\.security\.permit/);
});

test('diff says what changed in the words of authors', async () => {
  assert.equal((await run('diff', directory, directory)).code, 0);
  const own = await fresh();
  await rm(join(own, 'sudoql/statement/rules/accesses'), { recursive: true });
  const settings = join(own, 'settings/ddl/data.yaml');
  await writeFile(settings, (await readFile(settings, 'utf8')).replace('enabled: true', 'enabled: false'));
  const { code, out } = await run('diff', directory, own);
  assert.equal(code, 1);
  assert.match(out, /setting settings\.ddl\.enabled: true → false/);
  assert.match(out, /removed rule sudoql\.statement\.rules\.accesses\.deny "This kind of access is not allowed"/);
  assert.match(out, /removed file sudoql\/statement\/rules\/accesses\/accesses\.rego/);
});

test('a folder is named as in OPA, or with -d; one file is not enough', async () => {
  assert.equal((await run('check', directory)).code, 0);
  assert.equal((await run('fmt', directory, '--check')).code, 0);
  for (const command of ['check', 'test', 'fmt']) {
    const { code, out } = await run(command, join(directory, WRITE_MODE));
    assert.equal(code, 1);
    assert.match(out, /is a file: give the folder that holds the whole policy/);
  }
});

test('with --json there is one JSON document on standard output, also when the policy cannot be used', async () => {
  const broken = await fresh();
  await writeFile(join(broken, WRITE_MODE), 'package');
  const input = join(directory, '.json-input.json');
  await writeFile(input, JSON.stringify(writeInput));
  for (const args of [
    ['check', broken],
    ['test', broken],
    ['fmt', broken],
    ['fmt', '--check', join(broken, 'nowhere')],
    ['eval', '-i', input, '-d', broken],
    ['explain', '-i', input, '-d', join(broken, 'nowhere')],
    ['diff', directory, join(broken, 'nowhere')],
    ['new', 'rule', 'x', '-d', join(broken, 'nowhere')],
  ]) {
    const { code, out } = await run(...args, '--json');
    const answer = JSON.parse(out) as { ok: boolean; problems: object[] };
    assert.deepEqual([code, answer.ok, answer.problems.length > 0], [1, false, true], args.join(' '));
  }
  const made = JSON.parse((await run('new', 'rule', 'x', '-d', await fresh(), '--json')).out) as { files: string[] };
  assert.equal(made.files.length, 2);
});

test('a filter that is no regular expression is wrong usage', async () => {
  const { code, out } = await run('test', '-d', directory, '--filter', '(');
  assert.equal(code, 2);
  assert.match(out, /--filter: error parsing regexp/);
});

test('a statement comes from a file, too', async () => {
  const file = join(directory, '.statement.sql');
  await writeFile(file, 'DELETE FROM orders');
  const asked: string[] = [];
  const listening: PolicyCommandParts['facts'] = async (sql) => {
    asked.push(sql);
    return { labels: { environment: 'test' }, statements: [deleteAll] };
  };
  const args = ['eval', '--file', file, '--mode', 'write', '-d', directory];
  assert.equal((await start(args, { facts: listening }).done).code, 0);
  assert.deepEqual(asked, ['DELETE FROM orders']);
  assert.equal((await start([...args, 'SELECT 1'], { facts: listening }).done).code, 2);
});

test('explain --rule says of one rule what it looked at, also when it gave nothing', async () => {
  const file = join(directory, '.read.json');
  await writeFile(file, JSON.stringify({ ...writeInput, mode: 'write' }));
  const ask = (rule: string) => run('explain', '-i', file, '-d', directory, '--rule', rule);
  const { code, out } = await ask('write_mode');
  assert.equal(code, 0);
  assert.match(out, /^allowed\n\nsudoql\.statement\.rules\.write_mode\.deny \(.*\): gave nothing\n {2}these held:\n/);
  assert.match(out, /write_mode\.rego:\d+: permitted if \{/);
  const none = await ask('write_mod');
  assert.equal(none.code, 2);
  assert.match(none.out, /No rule that was asked is called write_mod; did you mean write_mode\?/);
});

test('diff takes revisions where the ledger can be asked, and a folder of that name first', async () => {
  const files = lean(await shippedFiles());
  const revision: PolicyCommandParts['revision'] = async (name) => {
    assert.equal(name, 'abcdef12');
    return files;
  };
  assert.equal((await start(['diff', 'abcdef12', directory], { revision }).done).code, 0);
  const { code, out } = await start(['diff', 'nowhere', directory], { revision }).done;
  assert.equal(code, 1);
  assert.match(out, /cannot read the directory nowhere/);
});

test('in a folder of its own, with no configuration, --watch lives through a save by renaming and a syntax error', async () => {
  const home = await mkdtemp(join(tmpdir(), 'sudoql-own-'));
  made.push(home);
  await cp(directory, join(home, 'policies'), { recursive: true });
  const program = new URL('../../../bin/sudoqld.js', import.meta.url).pathname;
  const child = spawn(process.execPath, [program, 'policy', 'test', '--watch', '--filter', 'rules.agents'], {
    cwd: home,
    env: {},
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  let look = () => {};
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      text += chunk;
      look();
    });
  }
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const shows = (pattern: RegExp) =>
    new Promise<void>((resolve, reject) => {
      look = () => pattern.test(text) && resolve();
      look();
      void ended.then((code) => reject(new Error(`ended with ${code}: ${text}`)));
    });
  try {
    await shows(/5 of 5 tests pass\n.*waiting for changes/);
    const file = join(home, 'policies/sudoql/statement/rules/agents/agents.rego');
    const save = async (content: string) => {
      await writeFile(`${file}.tmp`, content);
      await rename(`${file}.tmp`, file);
    };
    const before = await readFile(file, 'utf8');
    text = '';
    await save(`${before}\nx := {\n`);
    await shows(/agents\.rego:\d+.*rego_parse_error[\s\S]*waiting for changes/);
    text = '';
    await save(before);
    await shows(/5 of 5 tests pass\n.*waiting for changes/);
  } finally {
    child.kill('SIGINT');
    await ended;
  }
});
