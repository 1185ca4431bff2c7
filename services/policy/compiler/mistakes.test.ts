// What authors get wrong, one mistake at a time in the shipped policy: each is told at its place, and what would let through what
// its author meant to refuse never compiles.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { compilerView } from '../gate/gate.ts';
import { readData } from '../settings/settings.ts';
import { lean, shippedFiles } from '../testing.ts';
import { makeCompiler } from './compiler.ts';
import { describeProblem } from './messages.ts';

const compiler = makeCompiler();
after(() => compiler.close());
const shipped = lean(await shippedFiles());
const { data, settingsSchema } = readData(shipped);

const AGENTS = 'sudoql/statement/rules/agents/agents.rego';
const DDL = 'sudoql/statement/rules/ddl/ddl.rego';

/** Mistake: file, what is there, what is written instead, and what is said of it. */
const MISTAKES: Record<string, [file: string, text: string | RegExp, instead: string, said: string]> = {
  'a misspelt field': [
    AGENTS,
    'input.principal.kind in {"human"',
    'input.principal.knd in {"human"',
    `${AGENTS}:17:14: input.principal has no field "knd"; did you mean "kind"? (unknown_field)`,
  ],
  'a misspelt field in the path of object.get': [
    DDL,
    'permitted if scope.relaxed',
    'permitted if object.get(input, ["target", "nmae"], "x") == "y"',
    `${DDL}:27:14: input.target has no field "nmae"; did you mean "name"? (unknown_field)`,
  ],
  'a value that a field never has': [
    AGENTS,
    'input.mode == "read"',
    'input.mode == "raed"',
    `${AGENTS}:21:2: input.mode is never "raed"; did you mean "read"? (unknown_value)`,
  ],
  'one among several': [
    AGENTS,
    'effect in {"read"',
    'effect in {"raed"',
    `${AGENTS}:23:3: effect is never "raed"; did you mean "read"? (unknown_value)`,
  ],
  'one that no element of a list is': [
    AGENTS,
    'input.mode == "read"',
    '"raed" in input.statement.effects',
    `${AGENTS}:21:2: input.statement.effects is never "raed"; did you mean "read"? (unknown_value)`,
  ],
  'a type that cannot be': [
    AGENTS,
    'input.mode == "read"',
    'input.mode == 1',
    `${AGENTS}:21:2: these can never be equal, by their types (rego_type_error)`,
  ],
  'METADATA without a code': [
    AGENTS,
    '#   code: agents_read_only\n',
    '',
    `${AGENTS}:8:1: the METADATA of deny lacks custom.code, without which it gives no reason (metadata)`,
  ],
  'METADATA with a misspelt code': [
    AGENTS,
    'code:',
    'cod:',
    `${AGENTS}:8:1: the METADATA of deny lacks custom.code, without which it gives no reason; is "cod" meant for it? (metadata)`,
  ],
  'METADATA whose remedy is no text': [
    AGENTS,
    'remedy: let a person run it',
    'remedy: 5',
    `${AGENTS}:8:1: custom.remedy of deny must be a text (metadata)`,
  ],
  'an unheard-of severity': [
    AGENTS,
    'severity: high',
    'severity: hihg',
    `${AGENTS}:8:1: custom.severity of deny is one of low, medium, high, critical, not "hihg" (metadata)`,
  ],
  'an annotation that OPA would read over': [
    AGENTS,
    '# description: A',
    '# descripton: A',
    `${AGENTS}:3:1: METADATA has no key "descripton"; did you mean "description"? (metadata)`,
  ],
  'a name in a message that gets no value': [
    'sudoql/statement/rules/accesses/accesses.rego',
    '{"access": access',
    '{"acess": access',
    'sudoql/statement/rules/accesses/accesses.rego:10:1: custom.message has {access}, and the rule gives no value of that name; did you mean "acess"? (metadata)',
  ],
  'a rule that only a test has': [
    AGENTS,
    'input.mode == "read"',
    'data.sudoql.statement.rules.agents_test.test_reads_by_agents_pass',
    `${AGENTS}:21:2: data.sudoql.statement.rules has no "agents_test"; it has accesses, acts_later, agents, complete_input, ddl, destructive, limits, protected, protected_columns, read_scopes, whole_table, write_mode (unknown_rule)`,
  ],
  'a misspelt schema': [
    AGENTS,
    '# description: A',
    '# schemas:\n#   - input: schema.input.statment\n# description: A',
    `${AGENTS}:17:1: undefined schema: schema.input.statment; did you mean "input/statement"? (rego_type_error)`,
  ],
  'a package that is not its folder': [
    AGENTS,
    'package sudoql.statement',
    'package sudoql.statment',
    `${AGENTS}:4:1: the package is sudoql.statment.rules.agents, and its folder asks for sudoql.statement.rules.agents (package_path)`,
  ],
  'a missing import': [
    DDL,
    'import data.sudoql.scope\n',
    '',
    `${DDL}:28:14: undefined function scope.groups; is "import data.sudoql.scope" missing? (rego_type_error)`,
  ],
  'an import that is not used': [
    AGENTS,
    'import data.sudoql.result',
    'import data.sudoql.result\nimport data.sudoql.scope',
    `${AGENTS}:7:1: import data.sudoql.scope unused (rego_compile_error)`,
  ],
  'an import of what is nowhere': [
    DDL,
    'import data.sudoql.scope',
    'import data.sudoql.scpe',
    `${DDL}:7:8: data.sudoql has no "scpe"; did you mean "scope"? (unknown_rule)`,
  ],
  'a rule that is nowhere': [
    DDL,
    'permitted if scope.relaxed',
    'permitted if scope.relxed',
    `${DDL}:27:14: data.sudoql.scope has no "relxed"; did you mean "relaxed"? (unknown_rule)`,
  ],
  'a setting that is nowhere': [
    DDL,
    'data.settings.ddl.groups',
    'data.settings.dll.groups',
    `${DDL}:29:27: data.settings has no field "dll"; did you mean "ddl"? (rego_type_error)`,
  ],
  'a variable that is not used': [
    AGENTS,
    'permitted if input.principal.kind in',
    'permitted if {\n\tx := 1\n\tinput.mode == "read"\n}\n\npermitted if input.principal.kind in',
    `${AGENTS}:18:2: assigned var x unused (rego_compile_error)`,
  ],
  'a test whose rule is called otherwise': [
    AGENTS,
    'deny contains',
    'dney contains',
    'sudoql/statement/rules/agents/agents_test.rego:16:2: data.sudoql.statement.rules.agents has no "deny"; did you mean "dney"? (unknown_rule)',
  ],
};

/** A policy as the compiler is asked about it, for a mistake in `file`: without what other decisions are made by. */
const viewOf = (files: ReadonlyMap<string, string>, file: string) => {
  const [area] = /^sudoql\/(statement|elevation|admin|approval)\//.exec(file) ?? [];
  const rest = [...files].filter(
    ([path]) => !area || path.startsWith(area) || !/^sudoql\/(statement|elevation|admin|approval)\//.test(path),
  );
  const { entrypoints, ...view } = compilerView(new Map(rest), data, settingsSchema);
  return { ...view, entrypoints: entrypoints.filter((path) => !area || path.startsWith(area)) };
};

const problemsOf = async (files: ReadonlyMap<string, string>, file: string, op: 'check' | 'test' = 'check') =>
  ((await compiler.run({ op, ...viewOf(files, file), timeoutMs: 5_000, filter: 'none' })).problems ?? []).map(
    describeProblem,
  );

for (const [mistake, [file, text, instead, said]] of Object.entries(MISTAKES)) {
  test(`${mistake} is told at its place, to check and to test`, async () => {
    const before = shipped.get(file) ?? '';
    const files = new Map(shipped).set(file, before.replace(text, instead));
    assert.notEqual(files.get(file), before, 'nothing was changed');
    const problems = await problemsOf(files, file);
    assert.ok(problems.includes(said), problems.join('\n'));
    assert.ok((await problemsOf(files, file, 'test')).includes(said));
  });
}

test('a rule that gives a reason and that no decision comes to is refused; a helper that nothing uses is mentioned', async () => {
  const folder = 'sudoql/statement/rules';
  const rule = (path: string, name: string) =>
    `package ${path}\n\nimport data.sudoql.result\n\n# METADATA\n# title: x\n# custom:\n#   code: x\n#   message: x\n#   remedy: x\n${name} contains result.plain(rego.metadata.rule()) if not permitted\n\npermitted if input.mode == "read"\n`;
  const path = folder.replaceAll('/', '.');
  for (const [file, text, said] of [
    [
      `${folder}/x/x.rego`,
      rule(`${path}.x`, 'dney'),
      `${folder}/x/x.rego:11:1: nothing that decides comes to sudoql.statement.rules.x.dney; did you mean "deny"? (not_in_force)`,
    ],
    [
      `${folder}/more/x/x.rego`,
      rule(`${path}.more.x`, 'deny'),
      `${folder}/more/x/x.rego:11:1: nothing that decides comes to sudoql.statement.rules.more.x.deny (not_in_force)`,
    ],
  ] as const) {
    const files = new Map(shipped).set(file, text);
    assert.deepEqual(await problemsOf(files, file), [said]);
    assert.deepEqual(await problemsOf(files, file, 'test'), [said]);
  }
  const files = new Map(shipped).set(`${folder}/x/x.rego`, `${rule(`${path}.x`, 'deny')}\nhelper := 1\n`);
  const { problems, warnings } = await compiler.run({ op: 'check', ...compilerView(files, data, settingsSchema) });
  assert.deepEqual(
    [problems, warnings?.map(describeProblem)],
    [
      undefined,
      [`${folder}/x/x.rego:15:1: nothing that decides comes to sudoql.statement.rules.x.helper (not_in_force)`],
    ],
  );
});

test('what is said of the shipped policy is nothing', async () => {
  const whole = await shippedFiles();
  assert.deepEqual(await compiler.run({ op: 'check', ...compilerView(whole, data, settingsSchema) }), {});
});

/** What is only warned of, by the compiler: file, its text, and what is said. */
const WARNINGS: Record<string, [file: string, text: string, said: string[]]> = {
  'print in a rule': [
    'helpers/x.rego',
    'package helpers\n\na if {\n\tprint("here")\n}\n',
    ['helpers/x.rego:4:2: print says nothing where decisions are made: it is for the tests (print)'],
  ],
  'a code of two rules': [
    'sudoql/statement/rules/x/x.rego',
    'package sudoql.statement.rules.x\n\nimport data.sudoql.result\n\n# METADATA\n# title: x\n# custom:\n#   code: agents_read_only\n#   message: m\n#   remedy: r\ndeny contains result.plain(rego.metadata.rule()) if input.mode == "write"\n',
    [
      'sudoql/statement/rules/x/x.rego:5:1: the code agents_read_only is also that of sudoql/statement/rules/agents/agents.rego:15: who reads it cannot tell which rule refused (same_code)',
    ],
  ],
  'a test that asks nothing': [
    'x_test.rego',
    'package x_test\n\nimport data.sudoql.examples\n\ntest_x if examples.read.mode == "read"\n',
    ['x_test.rego:5:1: test_x asks no rule of the policy: it passes whatever the policy says (vacuous_test)'],
  ],
  'a test that is not run': [
    'x_test.rego',
    'package x_test\n\nimport data.sudoql.statement\n\ntset_x if not statement.decision.allow with input as {}\n\ntext_of(x) := x\n\ntest_y if text_of(statement.decision).allow == false with input as {}\n',
    ['x_test.rego:5:1: tset_x is not run: tests are named test_… (no_test)'],
  ],
};

for (const [what, [file, text, said]] of Object.entries(WARNINGS)) {
  test(`${what} is warned of at its place, to check and to test`, async () => {
    const view = viewOf(new Map(shipped).set(file, text), file);
    for (const op of ['check', 'test'] as const) {
      const { problems, warnings = [] } = await compiler.run({ op, ...view, timeoutMs: 5_000, filter: 'none' });
      assert.deepEqual(problems, undefined);
      assert.deepEqual(warnings.filter(({ code }) => code !== 'not_in_force').map(describeProblem), said);
    }
  });
}

test('what a missing field does not make true is warned of by whatever name, and not where the field is asked for beside it', async () => {
  const careless = [
    'deny if not startswith(input.a, "b")',
    'deny if not startswith(input["a"], "b")',
    'deny if not startswith(lower(input.a), "b")',
    'deny if not input.a in {"b"}',
    'deny if not count(input.a) > 0',
    'deny if {\n\tx := input.a\n\tnot startswith(x, "b")\n}',
    'deny if {\n\tx := input.a\n\ty := x\n\tnot startswith(y, "b")\n}',
    'deny if not startswith(i.b, "b")',
    'deny if {\n\tsome x in [1]\n\tx == 1\n\tnot startswith(input.a, "b")\n}',
    'deny := {x | some x in [1]; not startswith(input.a, "b")}',
    'a if input.b\n\nelse if not startswith(input.a, "b")',
    'deny if every x in [1] {\n\tnot startswith(input.a, "b")\n\tx == 1\n}',
  ];
  const careful = [
    'deny if {\n\tis_string(input.a)\n\tnot startswith(input.a, "b")\n}',
    'deny if {\n\tnot startswith(input.a, "b")\n\tinput.a != ""\n}',
    'deny if {\n\tx := input.a\n\tis_string(x)\n\tnot startswith(x, "b")\n}',
    'deny if {\n\tis_string(input.a)\n\tevery x in [1] {\n\t\tnot startswith(input.a, "b")\n\t\tx == 1\n\t}\n}',
    'deny if {\n\tsome x in input.a\n\tnot startswith(x, "b")\n}',
    'deny if not input.a == "b"',
    'deny if not input.a',
    'deny if not permitted\n\npermitted if startswith(input.a, "b")',
    'f(x) if not startswith(x, "b")',
    'deny if not startswith(data.settings.a, "b")',
  ];
  const rowsOf = async (text: string) => {
    const file = `package x\n\nimport input.a as i\n\nuses if i\n\n${text}\n`;
    const { problems, warnings = [] } = await compiler.run({ op: 'check', files: { 'x.rego': file } });
    assert.deepEqual(problems, undefined, text);
    return warnings
      .filter(({ code }) => code === 'not_of_undefined')
      .map(({ row = 0 }) => file.split('\n')[row - 1]?.includes('not '));
  };
  for (const text of careless) assert.deepEqual(await rowsOf(text), [true], text);
  for (const text of careful) assert.deepEqual(await rowsOf(text), [], text);
});
