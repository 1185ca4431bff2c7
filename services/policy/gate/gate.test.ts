import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { type CompiledCache, noCache } from '../compiler/compiled-cache.ts';
import { makeCompiler } from '../compiler/compiler.ts';
import { describeProblem } from '../compiler/messages.ts';
import { gate } from './gate.ts';
import type { PolicyFiles } from '../source/policy-files.ts';
import { changed, LEAN_TEST, lean, shippedFiles } from '../testing.ts';

const compiler = makeCompiler();
after(() => compiler.close());
const shipped = await shippedFiles();

const WRITE_MODE = 'sudoql/statement/rules/write_mode/write_mode.rego';
const DECISION = 'sudoql/statement/decision.rego';

async function refusalOf(files: PolicyFiles, testsDeadlineMs = 30_000): Promise<string> {
  const result = await gate(files, { compiler, cache: noCache, testsDeadlineMs });
  return result.ok ? 'accepted' : result.problems.map(describeProblem).join('\n');
}

/** Without most of its tests, of which some would fail first. */
const leanWith = (changes: Record<string, string | null>) => changed(lean(shipped), changes);

const text = (path: string) => shipped.get(path) ?? assert.fail(`there is no ${path}`);

test('promise 9: the shipped policy passes', async () => {
  const result = await gate(shipped, { compiler, cache: noCache });
  assert.ok(result.ok, result.ok ? '' : result.problems.map(describeProblem).join('\n'));
  assert.match(result.revision, /^[0-9a-f]{64}$/);
  assert.ok((result.tests ?? 0) > 100);
});

test('promise 9: what does not compile is refused with file, line and a suggestion', async () => {
  const typo = leanWith({
    [WRITE_MODE]: text(WRITE_MODE).replace('input.elevation.id', 'input.elevation.idd'),
  });
  assert.match(await refusalOf(typo), /write_mode\.rego:\d+:\d+: .*did you mean "id"/);
  assert.match(await refusalOf(leanWith({ 'x.rego': 'package x\n\na if {' })), /x\.rego:3:/);
  assert.match(
    await refusalOf(leanWith({ 'x.rego': 'package x\n\na if data.settings.nothing\n' })),
    /x\.rego:3:6: data\.settings has no field "nothing"/,
  );
  assert.match(await refusalOf(leanWith({ 'x.rego': 'package x\n\na if b\n\nb if a\n' })), /recursive/);
});

test('promise 9: a misspelt setting is refused, in its file and where it is used', async () => {
  const path = 'settings/ddl/data.yaml';
  assert.match(
    await refusalOf(leanWith({ [path]: `${text(path)}grups: []\n` })),
    /settings\/ddl\/data\.yaml:4:1: settings\.ddl has no key grups; did you mean groups\?/,
  );
  const ddl = 'sudoql/statement/rules/ddl/ddl.rego';
  const misused = leanWith({ [ddl]: text(ddl).replace('data.settings.ddl.groups', 'data.settings.ddl.grups') });
  assert.match(await refusalOf(misused), /did you mean "groups"/);
});

test('tuning settings breaks no shipped test', async () => {
  const tuned: Record<string, string> = {
    'settings/environments/data.yaml': '# sudoql: ignore production_relaxed: a test\nrelaxed: [production]\n',
    'settings/limits/data.yaml': 'human: { max_rows: 5 }\nservice: { timeout_ms: 9 }\nagent: {}\n',
    'settings/whole_table/data.yaml': 'enabled: false\nallowed: ["*"]\n',
    'settings/ddl/data.yaml': 'enabled: false\ngroups: [dev]\n',
    'settings/destructive/data.yaml': 'enabled: false\neverywhere: true\ngroups: [dev]\n',
    'settings/acts_later/data.yaml':
      'enabled: false\nexceptions: [{ name: all, effects: [code, grant], groups: ["*"], targets: ["*"] }]\n',
    'settings/protected/data.yaml':
      'relations: [{ patterns: ["*"], access: ["*"], targets: ["*"], groups: [finance] }]\n',
    'settings/protected_columns/data.yaml':
      'columns: [{ patterns: ["*.*.c?"], access: [read, write], targets: ["*"], groups: [] }]\nviews: ["a.b"]\n',
    'settings/accesses/data.yaml': 'forbidden: [{ access: [update, select], targets: ["*"], except_groups: [] }]\n',
    'settings/read_scopes/data.yaml': 'groups: { dev: [] }\n',
    'settings/elevation/data.yaml':
      'grants: []\nreasons: [{ targets: ["*"], pattern: never, form: x }]\n# sudoql: ignore never: a test\nhours: [{ groups: ["*"], targets: ["*"], days: [], from: "00:00", to: "24:00", zone: UTC }]\nfreezes: [{ name: x, targets: ["*"], from: "2000-01-01T00:00:00", until: "2100-01-01T00:00:00", except_groups: [] }]\nconfirm: [{ groups: ["*"], targets: ["*"] }]\napprovals: [{ name: all, groups: ["*"], targets: ["*"], by: { people: [], groups: [dba] }, count: 2, channels: [x], wider: [] }]\napproval: { ask_minutes: 1, use_minutes: 1 }\ndelegations: []\nbreak_glass: [{ groups: [dba], targets: ["*"] }]\non_call: { enabled: true, check: on-call, from: "20:00", to: "08:00", zone: UTC }\nticket: { enabled: true, check: ticket, targets: ["*"] }\noften: { enabled: true, per_hour: 1, except_groups: [] }\nheard: { enabled: true, minutes: 1, except_groups: [] }\nsilent_checks: []\nnotify: [{ targets: ["*"], channels: [x] }]\n',
    'settings/people/data.yaml': 'groups: { staff: [dba] }\n',
    'settings/vetted/data.yaml':
      'functions: [{ targets: ["*"], signature: "public.f(integer)", body: "0123456789abcdef" }]\n',
    'settings/admin/data.yaml': '# sudoql: ignore nobody: a test\nsecurity: { groups: [], kinds: [] }\nvisible: []\n',
  };
  assert.deepEqual(
    Object.keys(tuned).sort(),
    [...shipped.keys()].filter((path) => path.startsWith('settings/')).sort(),
  );
  assert.equal(await refusalOf(changed(shipped, tuned)), 'accepted');
});

test('promise 9: what can only be a mistake is refused by the gate, unless a comment says why it is meant', async () => {
  const print = text(WRITE_MODE).replace('permitted if {', 'permitted if {\n\tprint("here")');
  assert.match(
    await refusalOf(leanWith({ [WRITE_MODE]: print })),
    /write_mode\.rego:\d+:2: print says nothing .*\(print\)/,
  );
  const freeze = (line: string) => ({
    'settings/elevation/data.yaml': text('settings/elevation/data.yaml').replace(
      /^freezes: \[\]/m,
      `freezes:\n${line}`,
    ),
  });
  const never =
    '  - { name: x, targets: [shop], from: "2027-01-04T00:00:00", until: "2026-12-20T00:00:00", except_groups: [] }';
  assert.match(
    await refusalOf(leanWith(freeze(never))),
    /elevation\/data\.yaml:\d+:62: settings\.elevation\.freezes\.0\.until: .* never holds \(never\)/,
  );
  assert.equal(await refusalOf(leanWith(freeze(`  # sudoql: ignore never: until it is fixed\n${never}`))), 'accepted');
  const off = await gate(leanWith(freeze(never)), { compiler, cache: noCache, lint: 'off' });
  assert.equal(off.ok, true);
});

test('promise 9: a rule that is new or changed and that no test reaches is refused, beside what is in force; an old one is not', async () => {
  const path = 'sudoql/statement/rules/agents/agents.rego';
  // It begins as another does, and stands before that.
  const open = 'permitted if {\n\tinput.principal.kind == "agent"\n\tinput.session.id == "x"\n}\n\n';
  const files = leanWith({ [path]: text(path).replace('permitted if {', `${open}permitted if {`) });
  const kept = new Map<string, Uint8Array>();
  const cache: CompiledCache = {
    read: async (key) => kept.get(key) ?? null,
    write: async (key, wasm) => void kept.set(key, wasm),
  };
  const gated = async (before: PolicyFiles) => {
    const result = await gate(files, { compiler, cache, coverage: 'changed', before });
    return result.ok ? [] : result.problems.map(({ file, row, code }) => `${file}:${row} ${code}`);
  };
  // Beside it, most of the lean policy's rules have no test.
  assert.deepEqual(await gated(files), [], 'it was there before');
  assert.ok(kept.size > 0, 'and is known now');
  assert.deepEqual(
    await gated(lean(shipped)),
    [19, 20, 21].map((row) => `${path}:${row} not_covered`),
  );
});

test('an emergency rollback passes every gate that asks the author for something: tests, coverage, lint', async () => {
  const path = 'sudoql/statement/rules/agents/agents.rego';
  const files = leanWith({
    [path]: text(path).replace('permitted if {', 'permitted if {\n\tprint("here")'),
    'x_test.rego': 'package x_test\n\ntest_x if 1 == 2\n',
  });
  const asked = { coverage: 'changed', lint: 'all', before: lean(shipped) } as const;
  const back = await gate(files, { compiler, cache: noCache, tested: true, ...asked });
  assert.equal(back.ok, true, back.ok ? '' : back.problems.map(describeProblem).join());
});

test('promise 9: without tests, with a failing, skipped or endless one, it is refused', async () => {
  assert.match(await refusalOf(leanWith({ [LEAN_TEST]: null })), /no_tests/);
  assert.match(
    await refusalOf(leanWith({ 'x_test.rego': 'package x_test\n\ntest_x if 1 == 2\n' })),
    /x_test\.rego:3: test_x fails/,
  );
  assert.match(
    await refusalOf(leanWith({ 'x_test.rego': 'package x_test\n\ntodo_test_x if true\n' })),
    /test_x is skipped/,
  );
  const endless = 'package x_test\n\ntest_x if count(numbers.range(1, 2000000000)) == 0\n';
  assert.match(
    await refusalOf(leanWith({ 'x_test.rego': endless }), 4_000),
    /timeout|out_of_memory|did not end within its time/,
  );
});

test('promise 9: an entrypoint that is missing, or that two files claim, is refused', async () => {
  assert.match(
    await refusalOf(leanWith({ 'sudoql/admin/decision.rego': null })),
    /entrypoint_missing|sudoql\/admin\/decision/,
  );
  const second = 'package sudoql.statement\n\ndecision := {"allow": true, "reasons": [], "obligations": {}}\n';
  assert.match(await refusalOf(leanWith({ 'sudoql/statement/other.rego': second })), /entrypoint_twice/);
});

test('promise 9: data where a rule is, is refused', async () => {
  assert.match(await refusalOf(leanWith({ 'sudoql/statement/data.yaml': 'decision: {allow: true}\n' })), /conflict/);
});

/** A decision that asks all rules, for one that nothing asks is refused earlier, and answers what it likes. */
const answering = (answer: string, condition = 'true') =>
  `package sudoql.statement\n\ndecision := ${answer} if {\n\tcount(data.sudoql.statement.rules) > 0\n\t${condition}\n}\n`;

test('promise 9: an answer of the wrong shape is refused', async () => {
  const wrong = answering('{"allow": false, "reasons": ["no"], "obligations": {}}');
  assert.match(
    await refusalOf(leanWith({ [DECISION]: wrong })),
    /decision\.rego:3:1: decision is an object whose reasons is a list with a string.*\(rule_shape\)/,
  );
  const unknown = answering('{"allow": false, "reasons": object.get({"a": [1]}, "a", null), "obligations": {}}');
  assert.match(await refusalOf(leanWith({ [DECISION]: unknown })), /wrong shape/);
  const undefined_ = answering('{"allow": false, "reasons": [], "obligations": {}}', 'input.version == 2');
  assert.match(await refusalOf(leanWith({ [DECISION]: undefined_ })), /gave no answer/);
});

test('promise 9: what the gateway itself insists on is refused whatever the tests of the policy say', async () => {
  const open = answering('{"allow": true, "reasons": [], "obligations": {}}');
  const words = await refusalOf(leanWith({ [DECISION]: open }));
  assert.match(words, /the effect write in read mode for a human must be refused/);
  assert.match(words, /\{\} as input must be refused/);
  // One of each entrypoint at a time: what is asked of one says nothing of the other.
  const without = (...rules: string[]) =>
    Object.fromEntries(
      [...shipped.keys()].filter((path) => rules.some((rule) => path.includes(rule))).map((path) => [path, null]),
    );
  const doors = await refusalOf(leanWith(without('/statement/rules/write_mode/', '/elevation/rules/token/')));
  assert.match(doors, /in read mode for a human must be refused/);
  assert.match(doors, /an agent who elevates|elevates in band must be refused/);
  const fields = await refusalOf(
    leanWith(without('/statement/rules/complete_input/', '/elevation/rules/complete_input/')),
  );
  assert.match(fields, /an input of statement without session\.id must be refused/);
  assert.match(fields, /an input of elevation without (by|session)\S* must be refused/);
});

test('promise 9: a decision that would hold statements up is refused', async () => {
  const rule = (body: string) =>
    `package sudoql.statement.rules.slow\n\ndeny contains {"code": "slow", "message": "m", "remedy": "r"} if {\n${body}}\n`;
  const slow = rule(`	some a in input.statement.relations
	some b in input.statement.relations
	some group in input.principal.groups
	a.name == b.kind
	a.name == group
`);
  const endless = rule(`	some a in input.statement.relations
	some b in input.statement.relations
	some c in input.statement.relations
	some d in input.statement.relations
	a.name == d.kind
	b.name == c.kind
`);
  const greedy = rule(`	some a in input.statement.relations
	some b in input.statement.relations
	some c in input.statement.functions
	concat(a.name, [b.name, c.name]) == "never"
`);
  const path = 'sudoql/statement/rules/slow/slow.rego';
  assert.match(await refusalOf(leanWith({ [path]: slow })), /too_slow/);
  const apart = await gate(leanWith({ [path]: endless }), { compiler, cache: noCache, judgeDeadlineMs: 5_000 });
  assert.match(
    apart.ok ? 'accepted' : apart.problems.map(describeProblem).join(),
    /too_slow|on the largest input: the policy failed/,
  );
  assert.match(await refusalOf(leanWith({ [path]: greedy })), /too_slow|on the largest input: the policy failed/);
});

test('two thousand rules are judged, in bounded time and memory', async () => {
  const many = Array.from({ length: 2_000 }, (_, i) => `r${i} if input.target.name == "t${i}"\n`).join('\n');
  const words = await refusalOf(leanWith({ 'many.rego': `package many\n\n${many}` }), 60_000);
  assert.equal(words, 'accepted');
});

test('every rule that gives a reason says its code, message, remedy and severity in METADATA', async () => {
  const files = Object.fromEntries([...shipped].filter(([path]) => path.endsWith('.rego')));
  const { rules = [] } = await compiler.run({ op: 'rules', files });
  const reasons = rules.filter(({ path }) => /\.(deny|reasons)$/.test(path) && !path.endsWith('_test'));
  assert.ok(reasons.length >= 20);
  for (const { path, title, custom } of reasons) {
    if (path === 'sudoql.statement.reasons') continue;
    assert.ok(title, path);
    for (const key of ['code', 'message', 'remedy', 'severity'])
      assert.equal(typeof custom?.[key], 'string', `${path} has no ${key}`);
  }
});
