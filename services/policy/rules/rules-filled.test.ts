// The shipped rules with every setting filled: five hundred lines of each, about the very people, targets and relations that are
// asked about, on the largest input of each entrypoint, as the gate asks it.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { DEFAULT_FACT_LIMITS } from '../../statements/findings.ts';
import { makeCompiler } from '../compiler/compiler.ts';
import { describeProblem } from '../compiler/messages.ts';
import { checkConformance } from '../gate/conformance.ts';
import { compilerView } from '../gate/gate.ts';
import { largestInputs } from '../gate/sample-inputs.ts';
import { type SchemaNode, settingsSchema } from '../settings/settings-schema.ts';
import { readData } from '../settings/settings.ts';
import { changed, shippedFiles } from '../testing.ts';
import { loadWasmPolicy } from '../wasm-policy.ts';

const compiler = makeCompiler();
after(() => compiler.close());

const LINES = 500;
const many = <T>(line: (n: number) => T): T[] => Array.from({ length: LINES }, (_, n) => line(n));

/** Values that mean something, by the key that they stand under; everything else is made from the schema. */
const VALUES: Record<string, (n: number) => unknown> = {
  name: (n) => `line ${n}`,
  groups: (n) => [`group_${n % 50}`],
  except_groups: (n) => [`others_${n}`],
  targets: () => ['shop'],
  patterns: (n) => [`public.table_${n}`],
  access: () => ['select', 'update'],
  effects: () => ['code'],
  kinds: () => ['human'],
  max_minutes: () => 60,
  default_minutes: () => 15,
  pattern: (n) => `[A-Z]+-${n}`,
  form: (n) => `a ticket like ABC-${n}`,
  days: () => ['Monday'],
  from: () => '2026-01-01T00:00:00',
  until: () => '2026-02-01T00:00:00',
  to: () => '18:00',
  zone: () => 'Europe/Berlin',
  channels: (n) => [`channel_${n}`],
  signature: (n) => `public.f${n}(integer)`,
  body: () => '0123456789abcdef',
};

function filled(node: SchemaNode & { type?: string }, path: string[]): unknown {
  const key = path.join('.');
  if (key === 'read_scopes.groups')
    return Object.fromEntries(
      Array.from({ length: 50 }, (_, g) => [
        `group_${g}`,
        many((n) => n)
          .filter((n) => n % 50 === g)
          .map((n) => `public.table_${n}`),
      ]),
    );
  if (node.properties && node.type === 'object')
    return Object.fromEntries(
      Object.entries(node.properties).map(([name, one]) => [name, filled(one, [...path, name])]),
    );
  if (node.type === 'array') {
    const { items = {} } = node;
    if (!items.properties)
      return many((n) =>
        path.at(-1) === 'allowed' ? `public.table_${n}` : path.at(-1) === 'kinds' ? 'human' : `group_${n % 50}`,
      );
    return many((n) =>
      Object.fromEntries(Object.keys(items.properties ?? {}).map((name) => [name, line(path, name, n)])),
    );
  }
  if (node.type === 'integer') return 1_000;
  return true;
}

function line([, list]: string[], name: string, n: number): unknown {
  if (list === 'hours' && name === 'from') return '08:00';
  const value = VALUES[name];
  assert.ok(value, `the test has no value for ${name}: give it one that rules look at`);
  return value(n);
}

test('promise 9: with five hundred lines in every setting, about those who ask, each decision is made within what a decision may cost', async () => {
  const sections = filled(settingsSchema(), []) as Record<string, unknown>;
  const files = changed(
    await shippedFiles(),
    Object.fromEntries(
      Object.entries(sections).map(([name, value]) => [`settings/${name}/data.yaml`, JSON.stringify(value)]),
    ),
  );
  const { data, settingsSchema: schema, problems } = readData(files);
  assert.deepEqual(problems.map(describeProblem), []);
  const { wasm = '' } = await compiler.run({ op: 'build', ...compilerView(files, data, schema) });
  const policy = await loadWasmPolicy(Buffer.from(wasm, 'base64'), data);
  assert.deepEqual(checkConformance(policy, data).map(describeProblem), []);
  // They are about those who ask: nobody is let through by a line that was not looked at.
  const inputs = largestInputs(DEFAULT_FACT_LIMITS, data).filter(([entrypoint]) => entrypoint === 'statement');
  const asked = inputs.at(-1)?.[1] as {
    principal: { groups: string[] };
    target: { name: string };
    statement: { relations: { name: string }[] };
  };
  assert.deepEqual(
    [asked.principal.groups.length, asked.principal.groups.every((group) => group.startsWith('group_'))],
    [50, true],
  );
  assert.equal(asked.target.name, 'shop');
  assert.ok(asked.statement.relations.every(({ name }) => name.startsWith('table_')));
});
