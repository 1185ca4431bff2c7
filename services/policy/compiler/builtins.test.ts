// The engine that tests and traces is OPA's evaluator, the engine that decides is the compiled module with our host functions: each
// function that a policy may call gives the same in both, on values made to tell them apart.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { MOST_FUEL } from '../fuel/meter.ts';
import { HOST_FUNCTIONS } from '../host-functions.ts';
import { makeWasmRuntime } from '../wasm-runtime.ts';
import { compileModule } from './compile-module.ts';
import { runTests } from '../gate/run-tests.ts';
import { makeCompiler } from './compiler.ts';

const compiler = makeCompiler();
after(() => compiler.close());

type Values = readonly unknown[];
const TEXTS = [
  '',
  'a',
  'ab',
  'aab',
  'äöü',
  '\u{1f642}x',
  'a.b.c',
  'A',
  'ÀÉ',
  'ß',
  'x y',
  ' x ',
  '\tq',
  '0',
  '-1',
  '1.5',
  '1e3',
  '0x10',
];
const MORE = [
  '1_000',
  '+1',
  '.5',
  '5.',
  'NaN',
  'Inf',
  'true',
  'a,b,,c',
  'e\u0301',
  '\uffff',
  'public.*',
  '{a,b}',
  '[a-c]',
  '?',
  '**',
  '-',
  '01',
];
const NUMBERS = [
  0,
  1,
  -1,
  2,
  3,
  10,
  255,
  -255,
  1.5,
  -1.5,
  2.5,
  0.1,
  1e3,
  1e15,
  2 ** 53,
  1e17,
  1e21,
  2147483648,
  -2147483649,
  4294967296,
];
const BITS = [0, 1, 2, 3, 5, 31, 32, 63, -1, -5, 255, 2 ** 40];
const NETWORKS = [
  ...'10.0.0.1|10.0.0.0/8|10.1.2.3/16|::1|::1/128|::ffff:10.0.0.1|::ffff:10.0.0.0/104|fe80::1%eth0|fe80::/10|0.0.0.0/0|::/0|10.0.0.1/33|1.2.3|1.2.3.4.5|01.2.3.4'.split(
    '|',
  ),
  ...'1.2.3.4/08|1.2.3.4/ 8||x|2001:db8::1|2001:DB8::/32|1.2.3.4/|/8|10.0.0.256|::1.2.3.4|1::2::3|10.0.0.0/+8|10.0.0.0/32|1:2:3:4:5:6:7::|1:2:3:4:5:6:7:8::'.split(
    '|',
  ),
];
const PATTERNS = [
  ...[
    'a',
    '^a',
    'a$',
    '.',
    '(a)(b)?',
    '(?P<n>a)',
    '(?i)A',
    '[[:alpha:]]+',
    '\\d+',
    '\\bx\\b',
    'a{2}',
    'a{1001}',
    '(',
    '[',
    '*',
    '\\pL',
  ],
  ...[
    '\\p{Greek}',
    '(?s).',
    'x*',
    '',
    '(a|b)*c',
    '\\Qa.b\\E',
    '\\z',
    '(?U)a+',
    '[^a]',
    '\\x{e4}',
    'a**',
    '(?=a)',
    '\\1',
    'ä',
    '\\w',
    '\\s',
  ],
];
const ARRAYS: Values = [
  [],
  [1],
  [1, 2, 3],
  [3, 1, 2],
  ['b', 'a'],
  [[1], [2, [3]]],
  [null, true, 'x', 1.5],
  [1, 1],
  [{ a: 1 }],
  [10, 9, '9'],
];
const OBJECTS: Values = [
  {},
  { a: 1 },
  { a: { b: { c: 1 } }, d: [1, { e: 2 }] },
  { b: 2, a: 1 },
  { '1': 'x' },
  { a: null },
];
const ANY: Values = [...ARRAYS, ...OBJECTS, '', 'a', 0, 1, -1.5, true, false, null, 0.1, 'ä"\\\n<>&'];
const TEXT = [...TEXTS, ...MORE];

const set = (argument: string) => `{x | some x in ${argument}}`;

/** Expression of `a`, an array of arguments, and what each argument may be. Sets have no order: what is one is sorted. */
const CASES: Record<string, [expression: string, ...arguments_: Values[]][]> = {
  ...each(['abs', 'ceil', 'floor', 'round'], [NUMBERS]),
  ...infix({ plus: '+', minus: '-', mul: '*', rem: '%' }, NUMBERS),
  // Of zero by zero the compiled policy makes a fault, which denies, where the evaluator has no answer.
  div: [['a[0] / a[1]', NUMBERS.filter((n) => n !== 0), NUMBERS]],
  ...infix({ lt: '<', lte: '<=', gt: '>', gte: '>=', equal: '==', neq: '!=' }, ANY),
  ...each(['bits.and', 'bits.or', 'bits.xor'], [BITS, BITS]),
  ...each(['bits.negate'], [BITS]),
  ...each(['format_int'], [NUMBERS, [2, 8, 10, 16, 3]]),
  ...each(
    [
      'contains',
      'endswith',
      'startswith',
      'indexof',
      'trim',
      'trim_left',
      'trim_right',
      'trim_prefix',
      'trim_suffix',
      'split',
    ],
    [TEXT, TEXT],
  ),
  ...each(['lower', 'upper', 'trim_space', 'strings.reverse', 'regex.is_valid'], [[...TEXT, ...PATTERNS]]),
  ...each(['to_number'], [[...TEXT, ...NUMBERS, true, false, null, [], {}]]),
  ...each(['replace'], [TEXT, TEXT, ['', 'y', 'ää']]),
  ...each(['substring'], [TEXT, [0, 1, 2, -1, 5, 100], [0, 1, 2, -1, 100]]),
  ...each(
    ['strings.replace_n'],
    [[{}, { a: 'b' }, { a: 'b', b: 'a' }, { '': 'x' }, { aa: '1', a: '2' }, { a: 1 }], TEXT],
  ),
  ...each(['glob.match'], [TEXT, [[], ['.'], ['/'], null, ['.', '/']], TEXTS.filter((text) => !text.includes('\n'))]),
  ...each(['regex.match'], [PATTERNS, TEXT]),
  ...each(['net.cidr_contains', 'net.cidr_intersects'], [NETWORKS, NETWORKS]),
  ...each(
    [
      'count',
      'is_array',
      'is_boolean',
      'is_null',
      'is_number',
      'is_object',
      'is_set',
      'is_string',
      'type_name',
      'sum',
      'product',
      'max',
      'min',
      'sort',
    ],
    [ANY],
  ),
  ...each(['array.reverse', 'array.flatten'], [ANY]),
  ...each(['array.concat'], [ARRAYS, ARRAYS]),
  ...each(['array.slice'], [ARRAYS, [0, 1, -1, 2, 100], [0, 1, 2, -1, 100]]),
  ...each(
    ['numbers.range'],
    [
      [0, 1, 5, -3],
      [0, 1, 5, -3],
    ],
  ),
  ...each(['object.get'], [ANY, ['a', 'b', 0, ['a', 'b'], [], ['d', 1, 'e'], null], ['none']]),
  ...each(['object.filter', 'object.remove'], [OBJECTS, [['a'], [], ['a', 'b'], { a: 1 }]]),
  ...each(['object.union'], [OBJECTS, OBJECTS]),
  'object.keys': [['sort(object.keys(a[0]))', ANY]],
  concat: [['concat(a[0], a[1])', ['', ',', 'ä'], [...ARRAYS, ['a', 'b'], ['']]]],
  and: [[`sort(${set('a[0]')} & ${set('a[1]')})`, ARRAYS, ARRAYS]],
  or: [[`sort(${set('a[0]')} | ${set('a[1]')})`, ARRAYS, ARRAYS]],
  intersection: [
    [
      `sort(intersection({s | some l in a[0]; s := ${set('l')}}))`,
      [
        [
          [1, 2],
          [2, 3],
        ],
        [[]],
        [],
        [['a'], ['a', 'b']],
      ],
    ],
  ],
  union: [
    [
      `sort(union({s | some l in a[0]; s := ${set('l')}}))`,
      [
        [
          [1, 2],
          [2, 3],
        ],
        [[]],
        [],
        [['a'], ['a', 'b']],
      ],
    ],
  ],
  'internal.member_2': [['[x | x := a[0] in a[1]]', ANY, ANY]],
  'internal.member_3': [['[x | x := (a[0], a[1] in a[2])]', ['a', 0, 1], [1, 2, 'a', null], ANY]],
  'internal.template_string': [['$"<{a[0]}>"', [...TEXT, ...NUMBERS, ...ARRAYS, true, null]]],
  'graph.reachable': [
    [
      'sort(graph.reachable(a[0], a[1]))',
      [{ a: ['b'], b: ['c'], c: ['a'] }, { a: [] }, { a: ['z'] }, {}],
      [['a'], ['b', 'q'], []],
    ],
  ],
  walk: [['sort([[p, v] | walk(a[0], [p, v])])', ANY]],
  assign: [['b', ANY]],
};
/** Held by another test (the calendar), without a value of their own, or of the compiler's own making. */
const ELSEWHERE = [
  'time.clock',
  'time.date',
  'time.weekday',
  'eq',
  'print',
  'internal.print',
  'internal.test_case',
  'rego.metadata.chain',
  'rego.metadata.rule',
];

function each(names: string[], of: Values[]): typeof CASES {
  return Object.fromEntries(
    names.map((name) => [name, [[`${name}(${of.map((_, i) => `a[${i}]`).join(', ')})`, ...of]]]),
  );
}

function infix(operators: Record<string, string>, of: Values): typeof CASES {
  return Object.fromEntries(Object.entries(operators).map(([name, sign]) => [name, [[`a[0] ${sign} a[1]`, of, of]]]));
}

/** Zero is zero, however JSON writes it. */
const unsigned = (value: unknown): unknown => (value === 0 ? 0 : value);

const crossed = (lists: Values[]): Values[] =>
  lists.reduce<Values[]>((made, list) => made.flatMap((one) => list.map((value) => [...one, value])), [[]]);

test('each function that a policy may call is compared', async () => {
  const { builtins = [] } = await compiler.run({ op: 'capabilities', files: {} });
  assert.deepEqual(builtins.toSorted(), [...Object.keys(CASES), ...ELSEWHERE].toSorted());
});

test("each function gives the same in OPA's evaluator and in the compiled policy", async () => {
  const all = Object.entries(CASES).flatMap(([name, cases]) =>
    cases.map(([expression, ...lists]) => ({ name, expression, lists })),
  );
  const rule = ({ expression }: { expression: string }, i: number) =>
    `r${i} := {i: [v] | some i, a in input; ${expression === 'b' ? 'b := a[0]; ' : ''}v := ${expression}}`;
  const filesOf = (rules: string[]) => ({ 'x.rego': `package x\n\n${rules.join('\n\n')}\n` });
  const files = filesOf(all.map(rule));
  const built = await compiler.run({ op: 'build', files, entrypoints: all.map((_, i) => `x/r${i}`) });
  assert.equal(built.problems, undefined);
  const module = await compileModule(Buffer.from(built.wasm ?? '', 'base64'), { optimised: false });
  const runtime = makeWasmRuntime(module, {}, HOST_FUNCTIONS);
  const differences: unknown[] = [];
  for (const [i, one] of all.entries()) {
    const { name, lists } = one;
    const input = crossed(lists);
    const asked = { files: filesOf([rule(one, i)]), query: `data.x.r${i}`, input };
    const { result, problems } = await compiler.run({ op: 'eval', ...asked });
    assert.equal(problems, undefined, name);
    const compiled = runtime.evaluate(runtime.entrypoints[`x/r${i}`] ?? -1, input, MOST_FUEL);
    if (compiled.stopped) {
      const alone = (given: Values) => runtime.evaluate(runtime.entrypoints[`x/r${i}`] ?? -1, [given], MOST_FUEL);
      const given = input.find((one) => alone(one).stopped);
      differences.push({ name, given, stopped: given && alone(given).stopped?.message });
      continue;
    }
    const [theirs, ours] = [result, compiled.result] as Record<string, Values>[];
    for (const [n, given] of input.entries()) {
      const [their, our] = [theirs?.[n]?.[0], ours?.[n]?.[0]];
      if (!isDeepStrictEqual(unsigned(their), unsigned(our))) differences.push({ name, given, their, our });
    }
  }
  assert.deepEqual(differences, []);
});

test('a function of the policy itself that has the name of one of the gateway’s is the policy’s, and one that a test puts in its place is the test’s', async () => {
  const files = {
    'own.rego': 'package own\n\nreplace(text, _, _) := concat("-", [text, "own"])\n\nr := replace("a", "b", "c")\n',
    'used.rego': 'package used\n\nr := replace(input.text, input.old, "c")\n',
    'used_test.rego': `package used_test

mock(_, _, _) := "mocked"

test_mock if data.used.r == "mocked" with replace as mock with input as {"text": "a", "old": "b"}

test_real if data.used.r == "c" with input as {"text": "b", "old": "b"}
`,
  };
  const entrypoints = ['own/r', 'used/r'];
  const built = await compiler.run({ op: 'build', files, entrypoints });
  assert.equal(built.problems, undefined);
  const module = await compileModule(Buffer.from(built.wasm ?? '', 'base64'));
  const runtime = makeWasmRuntime(module, {}, HOST_FUNCTIONS);
  const answers = entrypoints.map(
    (path) => runtime.evaluate(runtime.entrypoints[path] ?? -1, { text: 'ab', old: 'b' }, MOST_FUEL).result,
  );
  assert.deepEqual(answers, ['a-own', 'ac']);
  const { tests = [] } = await runTests(compiler, { files, data: {}, timeoutMs: 60_000 }, 120_000);
  assert.deepEqual(
    tests.map(({ name, result }) => [name, result]),
    [
      ['test_mock', 'pass'],
      ['test_real', 'pass'],
    ],
  );
});
