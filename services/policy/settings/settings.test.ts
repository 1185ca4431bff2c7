import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeProblem } from '../compiler/messages.ts';
import { readData } from './settings.ts';
import { shippedFiles } from '../testing.ts';

const problemsOf = (files: Record<string, string>) =>
  readData(new Map(Object.entries(files))).problems.map(describeProblem);

test('data appears under the path of its folder, from YAML and JSON alike', () => {
  const { data, problems } = readData(
    new Map([
      ['settings/a/data.yaml', 'b: [1, two]\n'],
      ['settings/data.json', '{"c": null}'],
      ['data.yaml', 'top: yes\n'],
    ]),
  );
  assert.deepEqual(problems, []);
  // YAML 1.2: "yes" is a word.
  assert.deepEqual(data, { settings: { a: { b: [1, 'two'] }, c: null }, top: 'yes' });
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
  assert.match(String(problemsOf({ 'data.yaml': 'a: 1\na: 2\n' })), /data\.yaml:2:1: Map keys must be unique/);
  assert.match(String(problemsOf({ 'data.yaml': 'a: [1\n' })), /data\.yaml:\d+:\d+: .*data_error/);
  assert.match(String(problemsOf({ 'data.yaml': '- 1\n' })), /keys and values/);
  assert.match(String(problemsOf({ 'data.yaml': 'a: !!js/function x\n' })), /data\.yaml/);
});

test('two files that give the same key, or a key where the other has a value, conflict', () => {
  assert.match(String(problemsOf({ 'a/data.yaml': 'b: 1\n', 'a/b/data.yaml': 'c: 1\n' })), /data_conflict/);
  assert.match(String(problemsOf({ 'a/data.yaml': 'b: 1\n', 'a/data.json': '{"b": 1}' })), /data_conflict/);
});

test('names that mean something to JavaScript are data like any other', () => {
  const { data } = readData(new Map([['settings/data.json', '{"__proto__": {"polluted": true}, "constructor": 1}']]));
  assert.equal(({} as Record<string, unknown>).polluted, undefined);
  assert.equal(JSON.stringify(data), '{"settings":{"__proto__":{"polluted":true},"constructor":1}}');
  assert.match(String(problemsOf({ '__proto__/data.yaml': 'a: 1\n' })), /cannot be a name of data/);
});

test('settings are held against the schema of settings: what is unknown, missing or of another kind is told with its file', () => {
  const schema = JSON.stringify({
    type: 'object',
    additionalProperties: false,
    required: ['ddl'],
    properties: {
      ddl: { type: 'object', additionalProperties: false, required: ['on'], properties: { on: { type: 'boolean' } } },
    },
  });
  const settings = (text: string) => problemsOf({ 'schemas/settings.json': schema, 'settings/ddl/data.yaml': text });
  assert.deepEqual(settings('on: true\n'), []);
  assert.deepEqual(settings('on: true\nofff: 1\n'), [
    'settings/ddl/data.yaml:2:1: settings.ddl has no key offf (data_schema)',
  ]);
  assert.deepEqual(settings('{}\n'), ['settings/ddl/data.yaml:1:1: settings.ddl lacks on (data_schema)']);
  assert.match(
    String(settings('on: maybe\n')),
    /settings\/ddl\/data\.yaml:1:1: settings\.ddl\.on must be boolean, not "maybe"/,
  );
  assert.match(String(problemsOf({ 'schemas/settings.json': '{' })), /schemas\/settings\.json/);
});

test('what is wrong in the shipped settings is told at its line, with what was likely meant', async () => {
  const shipped = await shippedFiles();
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
});
