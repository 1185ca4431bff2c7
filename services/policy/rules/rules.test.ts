// Each rule by itself, as compiled: what it refuses it also refuses when any field of the input is missing or misspelt.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { makeCompiler } from '../compiler/compiler.ts';
import { compileModule } from '../compiler/compile-module.ts';
import { ENTRYPOINTS } from '../decision.ts';
import { DECISION_FUEL } from '../fuel/limits.ts';
import { compilerView } from '../gate/gate.ts';
import { HOST_FUNCTIONS } from '../host-functions.ts';
import { missingFieldMutants } from '../gate/mutants.ts';
import { adminInput, approvalInput, elevationInput, readInput, writeInput } from '../gate/sample-inputs.ts';
import { type EntrypointName, INPUTS } from '../schemas/schemas.ts';
import { readData } from '../settings/settings.ts';
import { shippedFiles } from '../testing.ts';
import { makeWasmRuntime } from '../wasm-runtime.ts';

const compiler = makeCompiler();
after(() => compiler.close());

const facts = (change: object) => ({ ...writeInput, statement: { ...writeInput.statement, ...change } });
const columns = { read: ['id'], written: ['amount'] };
const relation = { schema: 'public', name: 'payments', kind: 'table', access: 'update', via: null, columns };
const reading = { ...readInput, statement: { ...readInput.statement, relations: [{ ...relation, access: 'select' }] } };

const SILENT = { answered: false, status: null, answer: null };

/** By rule: an input that it refuses when the settings below are in force. */
const REFUSED: Record<string, unknown> = {
  'statement/rules/complete_input': { ...readInput, version: 2 },
  'statement/rules/write_mode': { ...writeInput, mode: 'read' },
  'statement/rules/agents': { ...writeInput, principal: { ...writeInput.principal, kind: 'agent' } },
  'statement/rules/whole_table': facts({ where: 'none' }),
  'statement/rules/ddl': facts({ type: 'CreateStmt', effects: ['ddl'] }),
  'statement/rules/destructive': facts({ type: 'TruncateStmt', relations: [{ ...relation, access: 'truncate' }] }),
  'statement/rules/acts_later': facts({ effects: ['code'] }),
  'statement/rules/protected': facts({ relations: [relation] }),
  'statement/rules/protected_columns': {
    ...reading,
    statement: {
      ...reading.statement,
      relations: [{ ...relation, access: 'select', columns: { read: ['iban'], written: [] } }],
    },
  },
  'statement/rules/accesses': facts({ relations: [{ ...relation, access: 'delete' }] }),
  'statement/rules/read_scopes': reading,
  'elevation/rules/complete_input': { ...elevationInput, version: 2 },
  'elevation/rules/token': { ...elevationInput, principal: { ...elevationInput.principal, kind: 'agent' } },
  'elevation/rules/granted': { ...elevationInput, principal: { ...elevationInput.principal, groups: ['ops'] } },
  'elevation/rules/duration': { ...elevationInput, requested_seconds: 1_000_000 },
  'elevation/rules/reason_form': { ...elevationInput, reason: 'just so' },
  'elevation/rules/hours': elevationInput,
  'elevation/rules/freeze': elevationInput,
  'elevation/rules/break_glass': { ...elevationInput, break_glass: true },
  'elevation/rules/checks': { ...elevationInput, checks: { pager: SILENT } },
  'elevation/rules/ticket': elevationInput,
  'elevation/rules/often': { ...elevationInput, recent_elevations: 5 },
  'elevation/rules/heard': { ...elevationInput, channels: [{ name: 'team-mail', failing_seconds: 600 }] },
  'approval/rules/complete_input': { ...approvalInput, version: 2 },
  'approval/rules/not_asked': { ...approvalInput, principal: { ...approvalInput.principal, groups: [] } },
  'approval/rules/own': { ...approvalInput, principal: { ...approvalInput.principal, id: 'ana' } },
};

const SETTINGS = {
  protected: {
    relations: [{ patterns: ['public.payments'], access: ['update'], targets: ['shop'], groups: ['finance'] }],
  },
  protected_columns: {
    columns: [{ patterns: ['public.payments.iban'], access: ['read'], targets: ['shop'], groups: ['finance'] }],
    views: ['public.payments_masked'],
  },
  accesses: { forbidden: [{ access: ['delete'], targets: ['shop'], except_groups: ['dba'] }] },
  read_scopes: { groups: { dev: ['public.orders'] } },
};

const ELEVATION_SETTINGS = {
  ticket: { enabled: true, check: 'desk', targets: ['shop'] },
  often: { enabled: true, per_hour: 5, except_groups: ['oncall'] },
  heard: { enabled: true, minutes: 10, except_groups: ['oncall'] },
  reasons: [{ targets: ['shop'], pattern: '[A-Z]+-[0-9]+', form: 'a ticket' }],
  hours: [{ groups: ['dev'], targets: ['shop'], days: ['Sunday'], from: '00:00', to: '24:00', zone: 'UTC' }],
  freezes: [
    {
      name: 'always',
      targets: ['shop'],
      from: '2000-01-01T00:00:00',
      until: '2100-01-01T00:00:00',
      except_groups: ['oncall'],
    },
  ],
};

const files = await shippedFiles();
const { data, settingsSchema } = readData(files);
const settings = data.settings as Record<string, unknown>;
const tuned = {
  settings: { ...settings, ...SETTINGS, elevation: { ...(settings.elevation as object), ...ELEVATION_SETTINGS } },
};
const rules = [...files.keys()]
  .flatMap(
    (path) => /^sudoql\/((statement|elevation|approval)\/rules\/\w+)\/(?!\w+_test)\w+\.rego$/.exec(path)?.[1] ?? [],
  )
  .filter((rule) => rule !== 'statement/rules/limits');

const built = await compiler.run({
  op: 'build',
  ...compilerView(files, data, settingsSchema),
  entrypoints: [...Object.values(ENTRYPOINTS), ...rules.map((rule) => `sudoql/${rule}/deny`)],
});
const module = await compileModule(Buffer.from(built.wasm ?? '', 'base64'));
const policyOn = (data: unknown) => {
  const runtime = makeWasmRuntime(module, data, HOST_FUNCTIONS);
  return (path: string, input: unknown) => {
    const { result, stopped } = runtime.evaluate(runtime.entrypoints[path] ?? -1, input, DECISION_FUEL);
    assert.ok(!stopped, stopped?.message);
    return result;
  };
};
const asTuned = policyOn(tuned);
const asShipped = policyOn(data);
const reasonsOf = (rule: string, input: unknown) => asTuned(`sudoql/${rule}/deny`, input) as { code: string }[];

test('every rule has an input here that it refuses', () => {
  assert.deepEqual(rules.toSorted(), Object.keys(REFUSED).toSorted());
});

for (const rule of rules) {
  const schema = INPUTS[rule.split('/')[0] as EntrypointName];

  test(`${rule}: what is refused stays refused when any one field is missing`, () => {
    const input = REFUSED[rule];
    assert.notEqual(reasonsOf(rule, input).length, 0, 'the input is not refused in the first place');
    const mutants = missingFieldMutants(schema, input);
    assert.ok(mutants.length > 20);
    const passed = mutants.filter((mutant) => reasonsOf(rule, mutant.input).length === 0).map(({ path }) => path);
    assert.deepEqual(passed, []);
  });

  test(`${rule}: an empty input is refused`, () => {
    assert.notEqual(reasonsOf(rule, {}).length, 0);
  });
}

/** Every field that a schema names, list elements as "0"; one that may be null has its fields, too. */
function fieldsOf(schema: unknown): string[] {
  const { anyOf, items, properties } = schema as { anyOf?: unknown[]; items?: unknown; properties?: object };
  if (anyOf) return [...new Set(anyOf.flatMap(fieldsOf))];
  if (items) return fieldsOf(items).map((field) => `0.${field}`);
  return Object.entries(properties ?? {}).flatMap(([key, of]) => [
    key,
    ...fieldsOf(of).map((field) => `${key}.${field}`),
  ]);
}

const WHOLE: Record<EntrypointName, unknown[]> = {
  statement: [readInput, writeInput],
  elevation: [elevationInput, { ...elevationInput, extends: writeInput.elevation }],
  admin: [adminInput],
  approval: [approvalInput],
};

for (const [entrypoint, inputs] of Object.entries(WHOLE) as [EntrypointName, unknown[]][]) {
  test(`${entrypoint}: every field of the schema is left out once, and misspelt once, and the decision is no`, () => {
    const decide = (input: unknown) =>
      asShipped(ENTRYPOINTS[entrypoint], input) as { allow?: boolean; result?: string };
    const allowed = ({ allow, result }: { allow?: boolean; result?: string }) => allow === true || result === 'allow';
    const left = new Set<string>();
    for (const input of inputs) {
      assert.ok(allowed(decide(input)), JSON.stringify(decide(input)));
      for (const { path, input: mutant } of missingFieldMutants(INPUTS[entrypoint], input)) {
        left.add(path.replace(/\.\d+\./g, '.0.'));
        assert.ok(!allowed(decide(mutant)), `allowed without ${path}`);
        assert.ok(!allowed(decide(misspelt(mutant, input, path.split('.')))), `allowed with a misspelt ${path}`);
      }
    }
    assert.deepEqual([...left].toSorted(), fieldsOf(INPUTS[entrypoint]).toSorted());
  });
}

/** The mutant with what it lacks under a name that is nearly the right one. */
function misspelt(mutant: unknown, whole: unknown, [key = '', ...rest]: string[]): unknown {
  const [a, b] = [mutant, whole] as [Record<string, unknown>, Record<string, unknown>];
  const copy = (Array.isArray(a) ? [...a] : { ...a }) as Record<string, unknown>;
  if (rest.length === 0) copy[`${key}x`] = b[key];
  else copy[key] = misspelt(a[key], b[key], rest);
  return copy;
}
