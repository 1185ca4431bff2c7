// The shipped rules with each setting filled in turn: five hundred lines of it, about the very people, targets and relations that are
// asked about, on the largest input of each entrypoint, as the gate asks it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_FACT_LIMITS } from '../../statements/findings.ts';
import { describeProblem } from '../compiler/messages.ts';
import { checkConformance } from '../gate/conformance.ts';
import { largestInputs } from '../gate/sample-inputs.ts';
import { type SchemaNode, settingsSchema } from '../settings/settings-schema.ts';
import { readData } from '../settings/settings.ts';
import { changed, shippedFiles, shippedModule } from '../testing.ts';
import { loadWasmPolicy } from '../wasm-policy.ts';

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
  // As many forms of a ticket as there may be; each is made into an automaton for each decision.
  pattern: (n) => `[A-Z]+-${n % 50}`,
  form: (n) => `a ticket like ABC-${n}`,
  days: () => ['Monday'],
  from: () => '2026-01-01T00:00:00',
  until: () => '2027-02-01T00:00:00',
  to: () => '18:00',
  zone: () => 'Europe/Berlin',
  owner: () => 'ana',
  ticket: () => 'OPS-1',
  channels: (n) => [`channel_${n}`],
  by: (n) => ({ people: [`person_${n % 50}`], groups: [`group_${n % 50}`] }),
  of: (n) => ({ people: [`person_${n % 50}`], groups: [`team_${n % 50}`] }),
  count: () => 1,
  wider: () => [],
  check: () => 'pager',
  signature: (n) => `public.f${n}(integer)`,
  body: () => '0123456789abcdef',
  prefix: (n) => `app_${n}`,
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
        path.at(-1) === 'targets'
          ? 'shop'
          : path.at(-1) === 'allowed' || path.at(-1) === 'views'
            ? `public.table_${n}`
            : path.at(-1) === 'kinds'
              ? 'human'
              : `group_${n % 50}`,
      );
    return many((n) =>
      Object.fromEntries(Object.keys(items.properties ?? {}).map((name) => [name, line(path, name, n)])),
    );
  }
  if (node.type === 'string') return line(['', 'hours'], path.at(-1) ?? '', 0);
  if (node.type === 'integer') return 1_000;
  return true;
}

function line([, list]: string[], name: string, n: number): unknown {
  if (list === 'hours' && name === 'from') return '08:00';
  if (list === 'columns' && name === 'patterns') return [`public.table_${n % 200}.column_${n}`];
  if (list === 'columns' && name === 'access') return ['read', 'write'];
  if (list === 'delegations' && name === 'to') return ['a'.repeat(63)];
  const value = VALUES[name];
  assert.ok(value, `the test has no value for ${name}: give it one that rules look at`);
  return value(n);
}

const shipped = await shippedFiles();
const { wasm, data } = await shippedModule();
const sections = filled(settingsSchema(), []) as Record<string, Record<string, unknown>>;
const settings = data.settings as Record<string, object>;

for (const [section, lists] of Object.entries(sections)) {
  for (const [key, list] of Object.entries(lists)) {
    if (typeof list !== 'object') continue;
    test(`promise 9: with five hundred lines of ${section}.${key}, about those who ask, each decision is made within what a decision may cost`, async () => {
      const own = { ...settings[section], [key]: list };
      const { problems } = readData(changed(shipped, { [`settings/${section}/data.yaml`]: JSON.stringify(own) }));
      assert.deepEqual(problems.map(describeProblem), []);
      const all = { ...data, settings: { ...settings, [section]: own } };
      const policy = await loadWasmPolicy(wasm, all);
      assert.deepEqual(checkConformance(policy, all).map(describeProblem), []);
    });
  }
}

for (const section of ['elevation', null]) {
  const filledAtOnce = section === null ? sections : { [section]: sections[section] };
  test(`promise 9: with five hundred lines in each list of ${section ?? 'all settings'} at once, each decision is made within what a decision may cost`, async () => {
    const all = { ...data, settings: { ...settings, ...filledAtOnce } };
    assert.deepEqual(checkConformance(await loadWasmPolicy(wasm, all), all).map(describeProblem), []);
  });
}

test('the largest inputs are about the groups, targets and relations that settings name', () => {
  const inputs = largestInputs(DEFAULT_FACT_LIMITS, { settings: sections });
  const asked = inputs.findLast(([entrypoint]) => entrypoint === 'statement')?.[1] as {
    principal: { groups: string[] };
    target: { name: string };
    statement: { relations: { name: string }[] };
  };
  const { groups } = asked.principal;
  assert.deepEqual([groups.length, groups.every((group) => group.startsWith('group_'))], [50, true]);
  assert.equal(asked.target.name, 'shop');
  assert.ok(asked.statement.relations.every(({ name }) => name.startsWith('table_')));
});
