import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeProblem } from '../compiler/messages.ts';
import { readData } from './settings.ts';
import { shippedFiles } from '../testing.ts';

const shipped = await shippedFiles();
/** Beside the shipped settings, without which there is no policy. */
const problemsOf = (files: Record<string, string>) =>
  readData(new Map([...shipped, ...Object.entries(files)])).problems.map(describeProblem);

test('data appears under the path of its folder, from YAML and JSON alike', () => {
  const { data, problems } = readData(
    new Map([
      ...shipped,
      ['names/a/data.yaml', 'b: [1, two]\n'],
      ['names/data.json', '{"c": null}'],
      ['data.yaml', 'top: yes\n'],
    ]),
  );
  assert.deepEqual(problems, []);
  const { settings, ...others } = data;
  assert.deepEqual((settings as { ddl: unknown }).ddl, { enabled: true, groups: [] });
  // YAML 1.2: "yes" is a word.
  assert.deepEqual(others, { names: { a: { b: [1, 'two'] }, c: null }, top: 'yes' });
});

test('a YAML bomb of aliases is refused at its first alias', () => {
  const bomb = Array.from(
    { length: 20 },
    (_, i) => `a${i}: &a${i} [${i ? `*a${i - 1}, *a${i - 1}, *a${i - 1}` : '1'}]`,
  ).join('\n');
  assert.deepEqual(problemsOf({ 'data.yaml': bomb }), [
    'data.yaml:2:10: aliases (*name) are not allowed: write the value out (data_error)',
  ]);
});

test('nesting without end is refused and harms nothing', () => {
  assert.equal(problemsOf({ 'data.yaml': `a: ${'['.repeat(200_000)}` }).length, 1);
  assert.equal(problemsOf({ 'data.json': `{"a": ${'['.repeat(500_000)}` }).length, 1);
});

test('mistakes in YAML come with line and column', () => {
  assert.match(
    String(problemsOf({ 'data.yaml': 'a: 1\na: 2\n' })),
    /data\.yaml:2:1: (Map keys must be unique|the key .* twice)/,
  );
  assert.match(String(problemsOf({ 'data.yaml': 'a: [1\n' })), /data\.yaml:\d+:\d+: .*data_error/);
  assert.match(String(problemsOf({ 'data.yaml': '- 1\n' })), /keys and values/);
  assert.match(String(problemsOf({ 'data.yaml': 'a: !!js/function x\n' })), /data\.yaml/);
});

test('two files that give the same key, or a key where the other has a value, conflict', () => {
  assert.match(String(problemsOf({ 'a/data.yaml': 'b: 1\n', 'a/b/data.yaml': 'c: 1\n' })), /data_conflict/);
  assert.match(String(problemsOf({ 'a/data.yaml': 'b: 1\n', 'a/data.json': '{"b": 1}' })), /data_conflict/);
});

test('names that mean something to JavaScript are data like any other, or are refused', () => {
  const { data, problems } = readData(
    new Map([
      ...shipped,
      ['names/data.json', '{"constructor": 1, "toString": {"a": 2}}'],
      ['constructor/data.yaml', 'valueOf: 3\n'],
    ]),
  );
  assert.deepEqual(problems, []);
  assert.equal(JSON.stringify(data.names), '{"constructor":1,"toString":{"a":2}}');
  assert.equal(JSON.stringify(data.constructor), '{"valueOf":3}');
  for (const [file, text] of [
    ['names/data.json', '{"a": {"__proto__": {"polluted": true}}}'],
    ['names/data.json', '{"a": {"\\u005f_proto__": {"polluted": true}}}'],
    ['names/data.yaml', 'a: { "__proto__": { polluted: true } }'],
  ] as const)
    assert.match(String(problemsOf({ [file]: text })), /^names\/data\.\w+:1:\d+: the key "__proto__" cannot be used/);
  assert.equal(({} as Record<string, unknown>).polluted, undefined);
  assert.match(String(problemsOf({ '__proto__/data.yaml': 'a: 1\n' })), /cannot be a name of data/);
});

test('settings are held against the gateway’s schema whatever the policy’s own says: it adds keys, asks for more, and loosens nothing', () => {
  const own = (schema: unknown) => ({ 'schemas/settings.json': JSON.stringify(schema) });
  const freezes = shipped.get('settings/elevation/data.yaml') ?? '';
  const misspelt = { 'settings/elevation/data.yaml': freezes.replace('freezes: []', 'freezess: []') };
  const said = [
    'settings/elevation/data.yaml:1:1: settings.elevation lacks freezes (data_schema)',
    'settings/elevation/data.yaml:31:1: settings.elevation has no key freezess; did you mean freezes? (data_schema)',
  ];
  const loosened: Record<string, Record<string, string | null>> = {
    'as it is': {},
    'without one': { 'schemas/settings.json': null },
    'that admits all': own({}),
    'that is true': own(true),
    'that is of another kind': own([]),
    'that lets keys be': own({ type: 'object', additionalProperties: true }),
    'that lets keys of elevation be': own({ properties: { elevation: { additionalProperties: true, required: [] } } }),
    'by pattern': own({ properties: { elevation: { patternProperties: { '.*': {} } } } }),
  };
  for (const [what, changes] of Object.entries(loosened)) {
    const files = new Map([...shipped, ...Object.entries(misspelt)]);
    for (const [path, text] of Object.entries(changes)) text === null ? files.delete(path) : files.set(path, text);
    assert.deepEqual(readData(files).problems.map(describeProblem), said, what);
  }
  // A key that it adds is one more: what the gateway asks for is asked for still.
  const adding = own({ properties: { elevation: { properties: { freezess: { type: 'array' } } } } });
  assert.deepEqual(problemsOf({ ...misspelt, ...adding }), said.slice(0, 1));
  // Neither another type, nor fewer words, nor a section less.
  const retyped = own({ properties: { ddl: { properties: { enabled: { type: 'string' } } } } });
  assert.match(
    String(problemsOf({ ...retyped, 'settings/ddl/data.yaml': 'enabled: "no"\ngroups: []\n' })),
    /ddl\.enabled must be boolean/,
  );
  assert.match(
    String(problemsOf({ ...own({ required: [] }), 'settings/ddl/data.yaml': '{}' })),
    /settings\.ddl lacks enabled, groups/,
  );
  const none = new Map([...shipped].filter(([path]) => !path.startsWith('settings/ddl/')));
  assert.match(String(readData(none).problems.map(describeProblem)), /settings lacks ddl/);
});

test('a policy’s own schema adds sections, and keys to those that there are', () => {
  const teams = {
    type: 'object',
    properties: { names: { type: 'array', items: { type: 'string' } } },
    required: ['names'],
  };
  const note = { elevation: { properties: { freezes: { items: { properties: { ticket: { type: 'string' } } } } } } };
  const files = { 'schemas/settings.json': JSON.stringify({ properties: { teams, ...note } }) };
  const line =
    '{ name: x, targets: [shop], from: "2026-12-20T00:00:00", until: "2027-01-04T00:00:00", except_groups: [], ticket: OPS-1 }';
  const elevation = (shipped.get('settings/elevation/data.yaml') ?? '').replace('freezes: []', `freezes: [${line}]`);
  const changed = { ...files, 'settings/teams/data.yaml': 'names: [a]\n', 'settings/elevation/data.yaml': elevation };
  assert.deepEqual(problemsOf(changed), []);
  assert.deepEqual(problemsOf({ ...changed, 'settings/teams/data.yaml': 'nmes: [a]\n' }), [
    'settings/teams/data.yaml:1:1: settings.teams lacks names (data_schema)',
  ]);
  assert.match(
    String(problemsOf({ ...changed, 'schemas/settings.json': '{}' })),
    /settings\.teams|settings has no key teams/,
  );
  assert.match(String(problemsOf({ 'schemas/settings.json': '{' })), /schemas\/settings\.json:1:2/);
});

test('what is wrong in the shipped settings is told at its line, with what was likely meant', () => {
  const said = (topic: string, change: (text: string) => string) => {
    const file = `settings/${topic}/data.yaml`;
    const before = shipped.get(file) ?? '';
    assert.notEqual(change(before), before);
    return readData(new Map(shipped).set(file, change(before))).problems.map(describeProblem);
  };
  const forbidden = (pattern: string) => (text: string) =>
    text.replace(
      'relations: []',
      `relations: [{ patterns: ["${pattern}"], access: ["*"], targets: ["*"], groups: [] }]`,
    );
  assert.deepEqual(
    said('destructive', (text) => text.replace('everywhere:', 'everwhere:')),
    [
      'settings/destructive/data.yaml:1:1: settings.destructive lacks everywhere (data_schema)',
      'settings/destructive/data.yaml:3:1: settings.destructive has no key everwhere; did you mean everywhere? (data_schema)',
    ],
  );
  assert.deepEqual(
    said('elevation', (text) => text.replace('kinds: [human', 'kinds: [humn')),
    [
      'settings/elevation/data.yaml:5:13: settings.elevation.grants.0.kinds.0 must be one of human, service, not "humn"; did you mean human? (data_schema)',
    ],
  );
  // Neither protects anything: the first meets no "schema.name", the second is no pattern.
  for (const pattern of ['payments', 'public.[pay', 'public.{a', 'public.', '.payments']) {
    assert.deepEqual(said('protected', forbidden(pattern)), [
      `settings/protected/data.yaml:7:26: settings.protected.relations.0.patterns.0 must be schema.name, with * for any characters, not "${pattern}" (data_schema)`,
    ]);
  }
  for (const pattern of ['public.payments', '*', '*.payments', 'public.*', 'a b.c d']) {
    assert.deepEqual(said('protected', forbidden(pattern)), []);
  }
  const column = (pattern: string) => (text: string) =>
    text.replace('columns: []', `columns: [{ patterns: ["${pattern}"], access: [read], targets: ["*"], groups: [] }]`);
  for (const pattern of [
    'email',
    'people.email',
    'shop.public.people.email',
    'public.people.',
    'public.people.{a',
    '*',
  ])
    assert.match(said('protected_columns', column(pattern)).join(), /patterns\.0 must be schema\.relation\.column, /);
  for (const pattern of ['public.people.email', '*.*.password', 'public.people.*', 'public.pe*.e?'])
    assert.deepEqual(said('protected_columns', column(pattern)), []);
});

test('a vetted function names whole targets: no pattern that nothing would ever look up', () => {
  const vetting = (target: string) =>
    problemsOf({
      'settings/vetted/data.yaml': `functions: [{ targets: ["${target}"], signature: f(), body: 0123456789abcdef }]\n`,
    });
  assert.deepEqual([vetting('shop'), vetting('*')], [[], []]);
  assert.match(String(vetting('sho*')), /targets\.0 must be a target's name, or \* for every target, not "sho\*"/);
});
