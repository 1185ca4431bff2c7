// The shipped rules with long settings: what a decision costs grows with the statement and with the settings, never with
// their product or a square.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_FACT_LIMITS } from '../../statements/findings.ts';
import type { StatementInput } from '../decision.ts';
import { MOST_FUEL } from '../fuel/meter.ts';
import { largestElevationInput, largestInput } from '../gate/sample-inputs.ts';
import { shippedModule } from '../testing.ts';
import { loadWasmPolicy, type WasmPolicy } from '../wasm-policy.ts';

const { wasm, data } = await shippedModule();
const settings = data.settings as Record<string, unknown>;

const largest = largestInput(DEFAULT_FACT_LIMITS);
const { groups } = largest.principal;
const lines = <T>(count: number, line: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => line(n));
const group = (n: number) => groups[n % groups.length] ?? '';

/** Each setting with so many lines, none of which is about the statement's own relations, and the last about all. */
const LONG: Record<string, (count: number) => Record<string, unknown>> = {
  'whole_table, names': (count) => ({ whole_table: { enabled: true, allowed: lines(count, (n) => `public.t${n}`) } }),
  'whole_table, schemas': (count) => ({ whole_table: { enabled: true, allowed: lines(count, (n) => `s${n}.*`) } }),
  'protected, a line each': (count) => ({
    protected: {
      relations: lines(count, (n) => ({
        patterns: [`public.t${n}`],
        access: ['update'],
        targets: ['shop'],
        groups: ['dba'],
      })),
    },
  }),
  'protected, one line': (count) => ({
    protected: {
      relations: [
        {
          patterns: lines(count, (n) => `public.t${n}`),
          access: ['*'],
          targets: ['*'],
          groups: lines(count, (n) => `g${n}`),
        },
      ],
    },
  }),
  'protected_columns, names': (count) => ({
    protected_columns: {
      columns: lines(count, (n) => ({
        patterns: [`public.relation_${`${n % 200}`.padStart(4, '0')}.t${n}`],
        access: ['read', 'write'],
        targets: ['shop'],
        groups: ['dba'],
      })),
      views: lines(count, (n) => `public.v${n}`),
    },
  }),
  'protected_columns, patterns': (count) => ({
    protected_columns: {
      columns: [
        {
          patterns: lines(count, (n) => `*.*.t${n}`),
          access: ['read', 'write'],
          targets: ['*'],
          groups: lines(count, (n) => `g${n}`),
        },
      ],
      views: lines(count, (n) => `*.v${n}`),
    },
  }),
  read_scopes: (count) => ({
    read_scopes: {
      groups: Object.fromEntries(groups.map((name, g) => [name, lines(count / 50, (n) => `public.t${g}_${n}`)])),
    },
  }),
  accesses: (count) => ({
    accesses: { forbidden: lines(count, () => ({ access: ['update'], targets: ['sh*'], except_groups: ['dba'] })) },
  }),
  acts_later: (count) => ({
    acts_later: {
      enabled: true,
      exceptions: lines(count, (n) => ({ name: `x${n}`, effects: ['code'], groups: [group(n)], targets: ['shop'] })),
    },
  }),
  groups: (count) => ({
    ddl: { enabled: true, groups: lines(count, (n) => `g${n}`) },
    destructive: { enabled: true, everywhere: true, groups: lines(count, (n) => `g${n}`) },
  }),
};

const policyWith = (change: Record<string, unknown>): Promise<WasmPolicy> =>
  loadWasmPolicy(wasm, { ...data, settings: { ...settings, ...change } });

/** The largest statement, with so many of its relations. */
const reaching = (relations: number): StatementInput => ({
  ...largest,
  statement: { ...largest.statement, relations: largest.statement.relations.slice(0, relations), normalized: '' },
});

/** In steps, of which there are as many as it takes. */
function cost(policy: WasmPolicy, entrypoint: 'statement' | 'elevation', input: unknown): number {
  const answer = policy.evaluate(entrypoint, input, MOST_FUEL);
  assert.ok(answer.ok, JSON.stringify(answer));
  return answer.steps;
}

for (const [name, long] of Object.entries(LONG)) {
  test(`promise 9: what a decision costs grows with the statement, not with its square or its product with the settings: ${name}`, async () => {
    const policy = await policyWith(long(500));
    const [few, many] = [cost(policy, 'statement', reaching(20)), cost(policy, 'statement', reaching(200))];
    // Ten times the relations. What is the same for both only makes it less; a square makes it a hundred.
    assert.ok(many < 25 * few, `${few} steps for 20 relations, ${many} steps for 200`);
    const short = cost(await policyWith(long(50)), 'statement', reaching(200));
    assert.ok(many < 25 * short, `${short} steps with 50 lines, ${many} steps with 500`);
  });
}

test('five hundred lines that mean others deny nobody, and the last of them counts as the first', async () => {
  const one = { ...reaching(1), statement: { ...reaching(1).statement, where: 'real' as const } };
  const codes = async (change: Record<string, unknown>) => {
    const answer = (await policyWith(change)).evaluate('statement', one);
    assert.ok(answer.ok, JSON.stringify(answer));
    return (answer.value as { reasons: { code: string }[] }).reasons.map(({ code }) => code);
  };
  for (const [name, long] of Object.entries(LONG))
    assert.deepEqual(await codes(long(500)), name === 'read_scopes' ? ['out_of_scope'] : [], name);
  const [{ schema, name } = { schema: '', name: '' }] = one.statement.relations;
  for (const pattern of [`${schema}.${name}`, `*.${name}`, `${schema}.*`, '*']) {
    const patterns = [...lines(499, (n) => `*.t${n}`), pattern];
    const line = { patterns, access: ['select'], targets: ['shop'], groups: ['dba'] };
    assert.deepEqual(await codes({ protected: { relations: [line] } }), ['protected_relation'], pattern);
  }
});

test('promise 9: an elevation with long settings costs what its lines cost', async () => {
  const elevation = settings.elevation as object;
  const long = (count: number) => ({
    elevation: {
      ...elevation,
      grants: lines(count, (n) => ({
        name: `g${n}`,
        groups: [group(n)],
        kinds: ['human'],
        targets: ['sh*'],
        max_minutes: 60,
        default_minutes: 10,
      })),
      reasons: lines(count, (n) => ({ targets: [`bank${n}`], pattern: `[A-Z]+-${n}`, form: 'a ticket' })),
      hours: lines(count, () => ({
        groups: ['nobody'],
        targets: ['shop'],
        days: ['Monday'],
        from: '08:00',
        to: '18:00',
        zone: 'UTC',
      })),
    },
  });
  const few = cost(await policyWith(long(50)), 'elevation', largestElevationInput);
  const many = cost(await policyWith(long(500)), 'elevation', largestElevationInput);
  assert.ok(many < 25 * few, `${few} steps with 50 lines, ${many} steps with 500`);
});

test('a statement is judged by the clock only where a line of the settings has an end', async () => {
  assert.equal((await policyWith({})).readsClock('statement'), false);
  const [until, groups, targets] = ['2027-01-01T00:00:00', ['dba'], ['shop']];
  for (const ending of [
    { acts_later: { enabled: true, exceptions: [{ name: 'a', effects: ['grant'], groups, targets, until }] } },
    { protected: { relations: [{ patterns: ['public.a'], access: ['*'], groups, targets, until }] } },
    { protected_columns: { columns: [{ patterns: ['a.b.c'], access: ['read'], groups, targets, until }], views: [] } },
  ])
    assert.equal((await policyWith(ending)).readsClock('statement'), true);
});
