import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { MOST_FUEL } from '../fuel/meter.ts';
import { HOST_FUNCTIONS } from '../host-functions.ts';
import { makeWasmRuntime } from '../wasm-runtime.ts';
import { unpacked } from './artefact.ts';
import { compileModule } from './compile-module.ts';
import { makeCompiler } from './compiler.ts';
import { describeProblem } from './messages.ts';
import { withMemoryMaximum } from './memory-maximum.ts';

const compiler = makeCompiler();
after(() => compiler.close());

const policy = 'package p\n\ndecision := {"allow": allow}\n\ndefault allow := false\n\nallow if input.x == 1\n';

const schema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    principal: {
      type: 'object',
      additionalProperties: false,
      properties: { id: { type: 'string' }, groups: { type: 'array', items: { type: 'string' } } },
    },
  },
};

const messagesOf = async (files: Record<string, string>, more = {}) =>
  ((await compiler.run({ op: 'check', files, ...more })).problems ?? []).map(describeProblem);

test('a syntax error comes back as data, with file, row and column', async () => {
  const { problems } = await compiler.run({ op: 'check', files: { 'a/x.rego': 'package x\n\nallow if {' } });
  assert.deepEqual(
    problems?.map(({ file, row, col, code }) => ({ file, row, col, code })),
    [{ file: 'a/x.rego', row: 3, col: 10, code: 'rego_parse_error' }],
  );
});

test('a misspelt field of the input is a compile error that suggests the right one', async () => {
  const annotation = '# METADATA\n# schemas:\n#   - input: schema.input.statement\n# scope: subpackages\n';
  const found = await messagesOf(
    { 'x.rego': `${annotation}package x\n`, 'y.rego': 'package x.y\n\ndeny if "a" in input.principal.gruops\n' },
    { schemas: { 'input/statement': schema } },
  );
  assert.deepEqual(found, [
    'y.rego:3:16: input.principal has no field "gruops"; did you mean "groups"? (rego_type_error)',
  ]);
});

test('so is one of a value that may be null, and one whose author gave no annotation', async () => {
  const nullable = {
    anyOf: [{ type: 'object', additionalProperties: false, properties: { id: { type: 'string' } } }, { type: 'null' }],
  };
  const schemas = {
    'input/statement': { type: 'object', properties: { elevation: nullable, labels: { type: 'object' } } },
  };
  const text =
    'package sudoql.statement.x\n\na if input.elevation.idd == "x"\n\nb if input.labels.anything == input.elevation.id\n';
  assert.deepEqual(await messagesOf({ 'x.rego': text }, { schemas }), [
    'x.rego:3:6: input.elevation has no field "idd"; did you mean "id"? (unknown_field)',
  ]);
});

test('so is a misspelt setting, in a package whose author gave no annotation, too', async () => {
  const settings = {
    type: 'object',
    additionalProperties: false,
    properties: { limits: { type: 'object', additionalProperties: false, properties: { rows: { type: 'number' } } } },
  };
  const files = {
    'x.rego': 'package x\n\na if data.settings.limits.row > 1\n\nb if input.anything\n',
    'y.rego': `# METADATA\n# schemas:\n#   - data.settings: schema.settings\npackage y\n\nb if data.settings.limit\n`,
  };
  assert.deepEqual(await messagesOf(files, { schemas: { settings }, data: { settings: { limits: { rows: 2 } } } }), [
    'x.rego:3:6: data.settings.limits has no field "row"; did you mean "rows"? (rego_type_error)',
    'y.rego:6:6: data.settings has no field "limit"; did you mean "limits"? (rego_type_error)',
  ]);
});

test('rules are changed one at a time, and what no test notices is named at its line', async () => {
  const files = {
    'p.rego': `package p

default allow := false

allow if {
	input.x == 1
	not input.blocked
}

deny contains "many" if {
	some item in input.items
	item > 3
	count([1 | some other in input.items; other == item]) == 1
}

twice(n) := 2 * n if n > 0

every_item if every item in input.items { item > 0 }
`,
    'p_test.rego': `package p_test

import data.p

test_allow if p.allow with input as {"x": 1}

test_not if not p.allow with input as {"x": 2}

test_deny[name] if {
	some name, items in {"one": [4], "more": [1, 5]}
	p.deny == {"many"} with input as {"items": items}
}

test_few if p.deny == set() with input as {"items": [1]}

test_every if p.every_item with input as {"items": [1]}
`,
  };
  const asked = (mutate: string[], most: number, filter = '') =>
    compiler.run({ op: 'mutate', files, mutate, most, filter, timeoutMs: 1_000 });
  const { mutation } = await asked(['p.rego'], 100);
  assert.deepEqual(
    mutation?.unnoticed.map(({ row, kind, text }) => [row, kind, text]),
    [
      [16, 'dropped', 'twice(n) := 2 * n if n > 0'],
      [16, 'negated', 'n > 0'],
    ],
  );
  assert.deepEqual([mutation?.tried, mutation?.left], [12, 0]);
  const { mutation: few } = await asked(['.'], 2);
  assert.deepEqual([few?.tried, few?.left], [2, 10]);
  assert.equal((await asked(['other', 'p.reg'], 2)).mutation?.tried, 0);
  const { mutation: filtered } = await asked([''], 100, 'test_(allow|not)$');
  assert.ok(filtered?.unnoticed.some(({ row, kind }) => row === 10 && kind === 'dropped'));
});

test('a request is answered from the files that it has, whatever the requests before it had', async () => {
  const files = {
    'p.rego': policy,
    'p_test.rego': 'package p_test\n\nimport data.p\n\ntest_denied if not p.allow with input as {"x": 2}\n',
  };
  const entrypoints = ['p/decision'];
  const asked = async (op: 'check' | 'build' | 'test', edited = files) => {
    const { tests, ...answer } = await compiler.run({ op, files: edited, entrypoints, timeoutMs: 1_000 });
    return { ...answer, tests: tests?.map(({ ms, ...test }) => test) };
  };
  const first = [await asked('build'), await asked('test'), await asked('check')];
  assert.deepEqual([await asked('build'), await asked('test'), await asked('check')], first);

  const wrong = await asked('test', { ...files, 'p.rego': policy.replace('== 1', '== 2') });
  assert.deepEqual(
    wrong.tests?.map(({ result }) => result),
    ['fail'],
  );
  const without = await asked('check', { 'p_test.rego': files['p_test.rego'] } as typeof files);
  assert.deepEqual(
    without.problems?.map(({ code }) => code),
    ['entrypoint_missing'],
  );
  assert.deepEqual(await asked('test'), first[1]);
});

test('what is not deterministic, and what the runtime lacks, is refused when compiled', async () => {
  const calls = {
    'http.send({"method": "get", "url": "http://127.0.0.1"})': /not deterministic/,
    'rand.intn("x", 2)': /not deterministic/,
    'time.now_ns()': /use input\.clock\.ns/,
    'opa.runtime()': /not deterministic/,
    'uuid.rfc4122("x")': /not deterministic/,
    'net.lookup_ip_addr("localhost")': /not deterministic/,
    'sprintf("%d", [1])': /template string/,
    'regex.replace("a", "b", "c")': /runtime lacks it/,
    'crypto.sha256("a")': /runtime lacks it/,
  };
  for (const [call, words] of Object.entries(calls)) {
    const found = await messagesOf({ 'x.rego': `package x\n\nr := ${call}\n` });
    assert.match(found.join('\n'), words, call);
  }
});

test('an entrypoint is defined once: missing or claimed by two files is a problem', async () => {
  const entrypoints = ['p/decision'];
  assert.deepEqual(await messagesOf({ 'x.rego': policy }, { entrypoints }), []);
  assert.match(
    String(await messagesOf({ 'x.rego': 'package p\n\nother := 1\n' }, { entrypoints })),
    /entrypoint_missing/,
  );
  const twice = await messagesOf(
    { 'x.rego': policy, 'y.rego': 'package p\n\ndecision := {"allow": true}\n' },
    { entrypoints },
  );
  assert.match(String(twice), /entrypoint_twice/);
  assert.match(String(twice), /x\.rego, y\.rego/);
});

test('recursion, and data where a rule is, are problems with a place', async () => {
  assert.match(String(await messagesOf({ 'x.rego': 'package x\n\na if b\n\nb if a\n' })), /x\.rego:3:1: .*recursive/);
  const conflict = await messagesOf({ 'x.rego': 'package x\n\na := 1\n' }, { data: { x: { a: 2 } } });
  assert.match(String(conflict), /x\.rego:3:1: .*conflict/);
});

test('a condition that a missing field would not make true is warned of', async () => {
  const { warnings } = await compiler.run({
    op: 'check',
    files: { 'x.rego': 'package x\n\ndeny if not startswith(input.a, "b")\n\nfine if not input.a == "b"\n' },
  });
  assert.deepEqual(
    warnings?.map(({ row, code }) => ({ row, code })),
    [{ row: 3, code: 'not_of_undefined' }],
  );
});

test('tests run with coverage; one that fails shows what it compared', async () => {
  const tests = `package p_test

import data.p

test_denied if p.decision == {"allow": false} with input as {}

test_fails if p.decision == {"allow": true} with input as {"x": 2}

test_cases[name] if {
	some name, x in {"one": 1, "two": 2}
	p.allow with input as {"x": x}
}
`;
  const answer = await compiler.run({
    op: 'test',
    files: { 'p.rego': policy, 'p_test.rego': tests },
    coverage: true,
    timeoutMs: 1_000,
  });
  const byName = new Map(answer.tests?.map((one) => [one.name, one]));
  assert.equal(byName.get('test_denied')?.result, 'pass');
  const failed = byName.get('test_fails');
  assert.equal(failed?.result, 'fail');
  assert.deepEqual(
    [failed?.failure?.row, failed?.failure?.left, failed?.failure?.right],
    [7, { allow: false }, { allow: true }],
  );
  assert.deepEqual(byName.get('test_cases')?.cases, ['two']);
  assert.equal(answer.coverage?.files['p.rego']?.percent, 100);

  const filtered = await compiler.run({
    op: 'test',
    files: { 'p.rego': policy, 'p_test.rego': tests },
    filter: 'denied',
    timeoutMs: 1_000,
  });
  assert.deepEqual(
    filtered.tests?.map(({ name }) => name),
    ['test_denied'],
  );
});

for (const saying of ['', '\tprint(input.said)\n'])
  test(`check, test and build make modules that answer alike, at the same cost, whatever tests put in place of a function${saying && ', and what rules print'}`, async () => {
    const files = {
      'p.rego': `package p\n\ndecision := {"said": replace(input.said, "a", "b")} if {\n${saying}\tcount(data.q) > 0\n}\n`,
      'p_test.rego':
        'package p_test\n\nmock(_, _, _) := "c"\n\ntest_mocked if data.p.decision.said == "c" with replace as mock with input as {"said": "a"}\n',
      'q.rego': 'package q\n\nb := 1\n',
      'q_test.rego': 'package q\n\ntest_late if input.clock.ns > 5 with input as {"clock": {"ns": 9}}\n',
    };
    const entrypoints = ['p/decision'];
    const made = [
      await compiler.run({ op: 'build', files, entrypoints }),
      await compiler.run({ op: 'check', files, entrypoints, build: true }),
      await compiler.run({ op: 'test', files, entrypoints, build: true, timeoutMs: 10_000 }),
    ].map(async ({ problems, wasm: base64 = '' }) => {
      assert.equal(problems, undefined);
      const wasm = Buffer.from(base64, 'base64');
      const runtime = makeWasmRuntime(await compileModule(wasm), {}, HOST_FUNCTIONS);
      // What it says of the clock stands at its end.
      const about = wasm.subarray(wasm.lastIndexOf('sudoql')).toString();
      return [about, runtime.evaluate(0, { said: 'banana' }, MOST_FUEL)];
    });
    const [built, ...others] = await Promise.all(made);
    for (const other of others) assert.deepEqual(other, built);
  });

test('coverage says which lines no test reached', async () => {
  const files = { 'p.rego': policy, 'p_test.rego': 'package p_test\n\ntest_x if true\n' };
  const { coverage } = await compiler.run({ op: 'test', files, coverage: true, timeoutMs: 1_000 });
  assert.ok(coverage?.files['p.rego']?.notCovered?.some(([first]) => first === 7));
});

test('a test that loops is stopped after its time, and named', async () => {
  const loop =
    'package l_test\n\ntest_loop if {\n\tsome i in numbers.range(1, 3000)\n\tsome j in numbers.range(1, 3000)\n\tsome k in numbers.range(1, 3000)\n\ti + j + k == 0\n}\n';
  const { tests } = await compiler.run({ op: 'test', files: { 'l_test.rego': loop }, timeoutMs: 200 });
  assert.deepEqual(
    tests?.map(({ name, result, error }) => ({ name, result, error })),
    [{ name: 'test_loop', result: 'error', error: 'the test did not end within its time' }],
  );
});

test('what cannot be stopped from inside is ended with its thread at the deadline, and the next request is answered', async () => {
  // It has more time than the request.
  const stuck =
    'package s_test\n\ntest_stuck if {\n\tsome i in numbers.range(1, 100000)\n\tsome j in numbers.range(1, 100000)\n\ti + j == 0\n}\n';
  const { problems } = await compiler.run({ op: 'test', files: { 's_test.rego': stuck }, timeoutMs: 60_000 }, 1_500);
  assert.match(
    String(problems?.map(describeProblem)),
    /(not finished within 1500 ms of the processor|more memory needed).* while data\.s_test\.test_stuck ran/,
  );
  assert.deepEqual(await messagesOf({ 'x.rego': policy }), []);
});

test('memory has a maximum: who needs more is told so, and the next request is answered', async () => {
  // Each step is ten times the one before.
  const steps = Array.from({ length: 10 }, (_, i) => `\ts${i + 1} := concat("", [${`s${i}, `.repeat(10)}])\n`).join('');
  const greedy = `package g_test\n\ntest_greedy if {\n\ts0 := "0123456789"\n${steps}\tcount(s10) == 0\n}\n`;
  const { problems } = await compiler.run({ op: 'test', files: { 'g_test.rego': greedy }, timeoutMs: 60_000 }, 60_000);
  assert.match(String(problems?.map(describeProblem)), /out_of_memory/);
  assert.deepEqual(await messagesOf({ 'x.rego': policy }), []);
});

test('an idle thread is ended, and started again when it is wanted', async () => {
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  const brief = makeCompiler({ idleMs: 1, onThread: (event) => event === 'ended' && resolve() });
  try {
    assert.deepEqual((await brief.run({ op: 'check', files: { 'x.rego': policy } })).problems, undefined);
    await ended;
    assert.deepEqual((await brief.run({ op: 'check', files: { 'x.rego': policy } })).problems, undefined);
  } finally {
    await brief.close();
  }
});

test('requests that were under way when it is closed are answered', async () => {
  const closing = makeCompiler();
  const asked = closing.run({ op: 'check', files: { 'x.rego': policy } });
  await closing.close();
  assert.match(String((await asked).problems?.map(describeProblem)), /closed|ended/);
});

test('the formatter formats, and says what it cannot read', async () => {
  const answer = await compiler.run({
    op: 'format',
    files: { 'x.rego': 'package x\na   :=   1', 'y.rego': 'package' },
  });
  assert.deepEqual(answer.formatted, { 'x.rego': 'package x\n\na := 1\n' });
  assert.equal(answer.problems?.[0]?.file, 'y.rego');
});

test('annotated rules are listed', async () => {
  const files = {
    'x.rego': '# METADATA\n# title: X\npackage x\n\n# METADATA\n# title: R\n# custom:\n#   code: c\nr := 1\n',
  };
  const { rules } = await compiler.run({ op: 'rules', files });
  assert.deepEqual(
    rules?.map(({ path, title, custom }) => ({ path, title, custom })),
    [
      { path: 'x', title: 'X', custom: undefined },
      { path: 'x.r', title: 'R', custom: { code: 'c' } },
    ],
  );
});

test('the committed artefact is the one whose hash is committed, and its memory has a maximum', async () => {
  const wasm = await unpacked();
  assert.throws(() => withMemoryMaximum(wasm, 1), /not as expected/);
});
