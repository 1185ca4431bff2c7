// What a decision gathers from rules has one shape. Every other that can be written is refused at its place, and what is accepted
// does what it says: seen by the compiled policy, in each entrypoint.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ENTRYPOINTS } from '../decision.ts';
import { DECISION_FUEL } from '../fuel/limits.ts';
import { compilerView } from '../gate/gate.ts';
import { adminInput, elevationInput, writeInput } from '../gate/sample-inputs.ts';
import { HOST_FUNCTIONS } from '../host-functions.ts';
import type { EntrypointName } from '../schemas/schemas.ts';
import { readData } from '../settings/settings.ts';
import { changed, lean, shippedFiles } from '../testing.ts';
import { makeWasmRuntime } from '../wasm-runtime.ts';
import { compileModule } from './compile-module.ts';
import { makeCompiler } from './compiler.ts';
import { describeProblem } from './messages.ts';

const compiler = makeCompiler();
after(() => compiler.close());
const shipped = lean(await shippedFiles());

const REASON = '{"code": "x", "message": "m", "remedy": "r"}';
/** A condition that holds, of which no compiler knows. */
const HOLDS = 'is_string(input.principal.id)';

const OTHER = `deny contains ${REASON} if not ${HOLDS}`;

const problemsOf = async (op: 'check' | 'test' | 'build', changes: Record<string, string>): Promise<string[]> => {
  const area = Object.keys(changes).some((path) => path.startsWith('sudoql/elevation/')) ? 'elevation' : 'statement';
  // Decisions gather from some rule.
  const other = { [`sudoql/${area}/rules/other/other.rego`]: `package sudoql.${area}.rules.other\n\n${OTHER}\n` };
  const files = changed(bare(area), { ...other, ...changes });
  const { data, settingsSchema } = readData(files);
  const view = compilerView(files, data, settingsSchema);
  const entrypoints = [ENTRYPOINTS[area]];
  const answer = await compiler.run({ op, ...view, entrypoints, timeoutMs: 5_000, filter: 'none' });
  return (answer.problems ?? []).map(describeProblem);
};

/** Ways to give a name a value: the text of a package, with `$` for the value; what else it needs; the line that is to blame. */
const WAYS: Record<string, { text: string; helper?: string; row?: number; imports?: string }> = {
  'as its value': { text: 'NAME := $ if HOLDS' },
  'without a condition': { text: 'NAME := $' },
  'by default': { text: 'default NAME := $' },
  'by else': { text: 'NAME := GOOD if not HOLDS\n\nelse := $' },
  'by reference': { text: 'NAME := other\n\nother := $ if HOLDS' },
  'by reference to another package': { text: 'NAME := data.helpers.value', helper: 'value := $' },
  'by import': { text: 'NAME := helpers.value', helper: 'value := $', imports: 'import data.helpers\n\n', row: 5 },
  'by a function': { text: 'NAME := data.helpers.f(input.principal.id)', helper: 'f(_) := $' },
  'from a comprehension': { text: 'NAME := [each | some each in [$]][0]' },
};

const SHAPES: Record<string, string> = {
  true: 'true',
  text: '"no"',
  number: '5',
  null: 'null',
  list: `[${REASON}]`,
  object: REASON,
  'set of texts': '{"no"}',
  'set of what has more': '{{"code": "x", "message": "m", "remedy": "r", "more": 1}}',
  'set of what lacks a remedy': '{{"code": "x", "message": "m"}}',
  'set of what has a number for a text': '{{"code": 5, "message": "m", "remedy": "r"}}',
  'set of reasons': `{${REASON}}`,
  'set of limits': '{{"max_rows": 5}}',
  'set of misspelt limits': '{{"max_rowz": 5}}',
  'set of limits that are texts': '{{"max_rows": "5"}}',
};

/** What each entrypoint gathers, the one shape that it may have, and whether an answer shows that it counted. */
const GATHERED: {
  area: EntrypointName;
  name: string;
  shape: string;
  input: unknown;
  counted: (answer: unknown) => boolean;
}[] = [
  { area: 'statement', name: 'deny', shape: 'set of reasons', input: writeInput, counted: denied },
  { area: 'elevation', name: 'deny', shape: 'set of reasons', input: elevationInput, counted: denied },
  {
    area: 'statement',
    name: 'limit',
    shape: 'set of limits',
    input: writeInput,
    counted: (answer) => (answer as { obligations: { max_rows?: number } }).obligations.max_rows === 5,
  },
  {
    area: 'admin',
    name: 'permit',
    shape: 'true',
    input: { ...adminInput, action: 'policy.activate' },
    counted: (answer) => (answer as { allow: boolean }).allow,
  },
];

function denied(answer: unknown): boolean {
  const { allow, result, reasons } = answer as { allow?: boolean; result?: string; reasons: { code: string }[] };
  return (allow === false || result === 'deny') && reasons.some(({ code }) => code === 'x');
}

/** What of the shipped policy the entrypoint needs to be compiled, and no rules: they are compiled some hundred times. */
const bare = (area: EntrypointName) =>
  new Map(
    [...shipped].filter(
      ([path]) =>
        !/_test\.rego$/.test(path) &&
        !(path.endsWith('.rego') && /\/rules\//.test(path)) &&
        (!/^sudoql\/(statement|elevation|admin|approval)\//.test(path) || path.startsWith(`sudoql/${area}/`)),
    ),
  );

for (const { area, name, shape, input, counted } of GATHERED) {
  test(`promise 9: ${area}: ${name} has one shape, in whatever way it comes to it, and then it counts`, async () => {
    const fileOf = (n: number) => `sudoql/${area}/rules/x${n}/x.rego`;
    const files = bare(area);
    const { data, settingsSchema } = readData(files);
    for (const [way, { text, helper, row = 3, imports = '' }] of Object.entries(WAYS)) {
      const written = (part: string, value: string) =>
        part
          .replaceAll('NAME', name)
          .replaceAll('HOLDS', HOLDS)
          .replaceAll('GOOD', SHAPES[shape] ?? '')
          .replaceAll('$', () => value);
      const changesTo = (value: string, n: number) => ({
        [fileOf(n)]:
          `package sudoql.${area}.rules.x${n}\n\n${written(imports, '').replaceAll('helpers', `helpers${n}`)}${written(text, value).replaceAll('helpers', `helpers${n}`)}\n`,
        ...(helper !== undefined && {
          [`helpers${n}/helpers.rego`]: `package helpers${n}\n\n${written(helper, value)}\n`,
        }),
      });
      // Each in a package of its own, all in one policy: what is wrong with one says nothing of another.
      const all = Object.assign({}, ...Object.values(SHAPES).map(changesTo));
      const view = compilerView(changed(files, all), data, settingsSchema);
      const { problems = [] } = await compiler.run({ op: 'check', ...view, entrypoints: [ENTRYPOINTS[area]] });
      for (const [n, what] of Object.keys(SHAPES).entries()) {
        const said = problems.map(describeProblem).filter((words) => words.startsWith(`${fileOf(n)}:`));
        if (what === shape) assert.deepEqual(said, [], way);
        else {
          assert.equal(said.length, 1, `${way}, ${what}: ${said.join('\n') || 'accepted'}`);
          assert.ok(said[0]?.startsWith(`${fileOf(n)}:${row}:1: ${name} is `), said[0]);
          assert.match(said[0] ?? '', /\(rule_shape\)$/);
        }
      }
      assert.equal(problems.length, Object.keys(SHAPES).length - 1);
      if (helper !== undefined) continue;
      const good = compilerView(changed(files, changesTo(SHAPES[shape] ?? '', 0)), data, settingsSchema);
      const { wasm = '' } = await compiler.run({ op: 'build', ...good, entrypoints: [ENTRYPOINTS[area]] });
      const module = await compileModule(Buffer.from(wasm, 'base64'), { optimised: false });
      const runtime = makeWasmRuntime(module, data, HOST_FUNCTIONS);
      const { result } = runtime.evaluate(runtime.entrypoints[ENTRYPOINTS[area]] ?? -1, input, DECISION_FUEL);
      assert.ok(counted(result), way);
    }
  });
}

const statement = (text: string) => ({
  'sudoql/statement/rules/x/x.rego': `package sudoql.statement.rules.x\n\n${text}\n`,
});

/** Names that are gathered in a form that no value has, or from where nobody looks. */
const FORMS: Record<string, [changes: Record<string, string>, said: RegExp]> = {
  'a condition alone': [statement(`deny if ${HOLDS}`), /x\.rego:3:1: deny is a boolean/],
  'a function': [statement(`deny(_) := {${REASON}}`), /x\.rego:3:1: deny is a function/],
  'a partial object': [statement(`deny[x] := ${REASON} if x := input.mode`), /x\.rego:3:1: .*makes deny an object/],
  'a set of old': [statement(`deny[${REASON}] if ${HOLDS}`), /x\.rego:3:1: .*makes deny an object/],
  'a set under it': [statement(`deny.now contains ${REASON} if ${HOLDS}`), /x\.rego:3:1: .*makes deny an object/],
  'one of several': [
    statement(
      `deny contains ${REASON} if not ${HOLDS}\n\ndeny contains "no" if ${HOLDS}\n\ndeny contains ${REASON} if ${HOLDS}`,
    ),
    /^sudoql\/statement\/rules\/x\/x\.rego:5:1: deny is a set with sometimes a string[^\n]*$/,
  ],
  'what only runs know': [statement('deny := object.get({"a": 1}, input.mode, null)'), /not known before it runs/],
  'a package of that name': [
    {
      'sudoql/statement/rules/x/deny/x.rego': `package sudoql.statement.rules.x.deny\n\na contains ${REASON} if ${HOLDS}\n`,
    },
    /x\/deny\/x\.rego:3:1: .*makes deny an object/,
  ],
  'a rule where packages are': [
    { 'sudoql/statement/rules/x.rego': 'package sudoql.statement.rules\n\nx := {"deny": true}\n' },
    /rules\/x\.rego:3:1: data\.sudoql\.statement\.rules\.x stands where decisions look for packages/,
  ],
  'a name from above': [
    { 'sudoql/statement/x.rego': `package sudoql.statement\n\nrules.x.deny if ${HOLDS}\n` },
    /statement\/x\.rego:3:1: deny is a boolean/,
  ],
  'a limit of elevations': [
    { 'sudoql/elevation/rules/x/x.rego': 'package sudoql.elevation.rules.x\n\nlimit contains {"max_rows": 5}\n' },
    /x\.rego:3:1: nothing that decides comes to sudoql\.elevation\.rules\.x\.limit \(not_in_force\)/,
  ],
  'a misspelt name': [
    statement(`dney if ${HOLDS}`),
    /x\.rego:3:1: nothing that decides comes to .*x\.dney; did you mean "deny"\? \(not_in_force\)/,
  ],
  'a rule in a test': [
    {
      'sudoql/statement/rules/x/x_test.rego': `package sudoql.statement.rules.x\n\ndeny contains ${REASON} if ${HOLDS}\n`,
    },
    /x_test\.rego:3:1: .*the file is a test's by its name/,
  ],
  'a name of the author’s own, of two shapes': [
    {
      'sudoql/statement/rules/agents/warn.rego': 'package sudoql.statement.rules.agents\n\nwarn contains "x"\n',
      'sudoql/statement/rules/ddl/warn.rego': `package sudoql.statement.rules.ddl\n\nwarn if ${HOLDS}\n`,
      'sudoql/statement/more.rego': `package sudoql.statement\n\nreasons contains ${REASON} if data.sudoql.statement.rules[_].warn\n`,
    },
    /more\.rego:3:1: data\.sudoql\.statement\.rules\[_\]\.warn .* a boolean in .*ddl\/warn\.rego:3 and a set in .*: one name, one shape/,
  ],
  'a condition that only a test has': [
    {
      ...statement(`deny contains ${REASON} if forbidden`),
      'sudoql/statement/rules/x/x_test.rego': `package sudoql.statement.rules.x\n\nforbidden if ${HOLDS}\n`,
    },
    /x\.rego:3:1: data\.sudoql\.statement\.rules\.x\.forbidden is only in a test \(.*x_test\.rego:3\).*\(unknown_rule\)|x\.rego:3:\d+: var forbidden is unsafe/,
  ],
  'a function among what is gathered': [
    {
      'helpers/f.rego': 'package helpers\n\nf(x) := x + 1\n\na := 1\n',
      ...statement(`deny contains ${REASON} if data.helpers[_] == 7`),
    },
    /x\.rego:3:63: data\.helpers\[_\] comes to the function data\.helpers\.f.*\(function_as_value\)/,
  ],
};

for (const [form, [changes, said]] of Object.entries(FORMS)) {
  test(`promise 9: ${form} is refused at its place, by check, by test and by what builds`, async () => {
    assert.match((await problemsOf('check', changes)).join('\n'), said);
    assert.match((await problemsOf('test', changes)).join('\n'), said);
    if (!said.source.includes('nothing that decides') && !said.source.includes("test's")) {
      assert.match((await problemsOf('build', changes)).join('\n'), said);
    }
  });
}

test('promise 9: data where a decision gathers rules is refused at its place', () => {
  for (const [file, text, place] of [
    ['sudoql/admin/rules/open/data.yaml', 'permit: true\n', 'sudoql/admin/rules/open/data.yaml:1:1'],
    ['sudoql/statement/rules/data.yaml', 'open:\n  limit: []\n', 'sudoql/statement/rules/data.yaml:2:3'],
    ['sudoql/data.json', '{"elevation": {"rules": {"x": {"deny": true}}}}', 'sudoql/data.json:1:32'],
    ['data.yaml', 'sudoql: {elevation: {rules: {x: {deny: true}}}}', 'data.yaml:1:34'],
  ] as const) {
    const { problems } = readData(changed(shipped, { [file]: text }));
    assert.match(
      problems.map(describeProblem).join('\n'),
      new RegExp(`^${place}: data\\.sudoql\\.\\w+\\.rules\\.\\w+\\.\\w+ is for rules`),
    );
  }
  assert.deepEqual(
    readData(changed(shipped, { 'sudoql/statement/rules/agents/data.yaml': 'names: [a]\n' })).problems,
    [],
  );
});

test('promise 9: a module that no runtime takes comes of nothing that is accepted', async () => {
  const helpers = {
    'helpers/f.rego': 'package helpers\n\nf(x) := x + 1\n\na := 1\n\nsub.g(x) := x\n',
    'helpers/sub/h.rego': 'package helpers.sub\n\nh(x) := x\n\nb := 2\n',
  };
  const files = bare('statement');
  const { data, settingsSchema } = readData(files);
  for (const reference of [
    'data.helpers[_] == 7',
    'data.helpers[input.mode] == 7',
    'data.helpers[_].b == 7',
    'data.helpers.sub[_] == 7',
    'data[_].f == 7',
    'data[_][_].b == 7',
    'data[_].sub.b == 7',
    'some v in data.helpers; v == 7',
    'every v in data.helpers { v }',
    'walk(data.helpers, [["a"], 7])',
    'object.get(data.helpers, "a", 1) == 7',
    '{v | v := data.helpers[_]} == {7}',
    'data.helpers.a == 7',
    'data.helpers.f(data.helpers.a) == 7',
  ]) {
    const changes = { ...helpers, ...statement(`deny contains ${REASON} if { ${reference} }`) };
    const view = compilerView(changed(files, changes), data, settingsSchema);
    const { problems = [], wasm = '' } = await compiler.run({
      op: 'build',
      ...view,
      entrypoints: [ENTRYPOINTS.statement],
    });
    if (problems.length === 0) assert.ok(WebAssembly.validate(Buffer.from(wasm, 'base64')), reference);
    else assert.match(problems.map(describeProblem).join('\n'), /\.rego:\d+:\d+: /, reference);
  }
});
