// Which entrypoints read the clock, as the compiler says in the module: a decision of the others may be kept.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { makeCompiler } from './compiler.ts';

const compiler = makeCompiler();
after(() => compiler.close());

const SHARED = 'package sudoql.shared\n\nmonday if time.weekday([input.clock.ns, "UTC"]) == "Monday"\n';
const FUNCTION = 'package sudoql.shared.two\n\nf(x) if x.clock.ns > 3\n';
const ELEVATION = 'package sudoql.elevation\n\ndecision := true if input.clock.ns > 3\n';

const ENDING = 'package settings.ruled\n\nlines contains {"until": "2026"} if input.mode == "read"\n';

async function readers(condition: string): Promise<{ clock: unknown; endings: unknown }> {
  const statement = `package sudoql.statement\n\n${condition.startsWith('shared.') ? 'import data.sudoql.shared\n\n' : ''}decision := true if {\n\t${condition.replaceAll('; ', '\n\t')}\n}\n`;
  const { problems, wasm } = await compiler.run({
    op: 'build',
    files: {
      'sudoql/statement/x.rego': statement,
      'sudoql/shared/x.rego': SHARED,
      'sudoql/shared/two/x.rego': FUNCTION,
      'sudoql/elevation/x.rego': ELEVATION,
      'settings/ruled/x.rego': ENDING,
    },
    entrypoints: ['sudoql/statement/decision', 'sudoql/elevation/decision'],
  });
  assert.deepEqual(problems ?? [], [], condition);
  const module = await WebAssembly.compile(Buffer.from(wasm ?? '', 'base64'));
  // Node's types leave it out.
  const { customSections } = WebAssembly.Module as unknown as {
    customSections(of: WebAssembly.Module, name: string): ArrayBuffer[];
  };
  return JSON.parse(new TextDecoder().decode(customSections(module, 'sudoql')[0]));
}

const READ = [
  'input.clock.ns > 3',
  'startswith(input.clock.iso, "2026")',
  'x := input; x.clock.ns > 3',
  'some k; input[k].ns > 3',
  'some k, v in input; k == "clock"; v',
  'c := input.clock; is_number(c.ns); c.ns > 3',
  'is_number(input.clock.ns); input.clock.ns > 4',
  'x := input.clock.ns; is_number(x); x > 4',
  'walk(input, [p, v]); p == ["clock"]; v',
  'object.get(input, ["clock", "ns"], 0) > 3',
  'count(input) != 0',
  'count([1 | input.clock.ns > 3]) == 0',
  'not input.clock.ns > 3',
  'every v in [1] { input.clock.ns > v }',
  'shared.monday',
  'data.sudoql.shared.two.f(input)',
  'data.sudoql.shared[_] == true',
  'data.sudoql.elevation.decision',
  'line := data.settings.lines[_]; input.clock.iso < line.until',
  'input.clock.iso < data.settings.lines[_].from',
  'input.clock.iso < data.settings.ruled.lines[_].until',
  'count([1 | input.clock.iso < data.settings.lines[_].until]) == 0',
  'input.clock.iso < data.settings.lines[_].until; } else := false if {; input.clock.ns > 3',
];

const NOT_READ = [
  'input.mode == "read"',
  'is_number(input.clock.ns); is_string(input.clock.iso)',
  'not is_string(input.clock.iso)',
  'input["mode"] == "read"; input.principal.groups[_] == "clock"',
];

for (const condition of READ) {
  test(`a rule with "${condition}" reads the clock`, async () => {
    const { clock, endings } = await readers(condition);
    assert.deepEqual([clock, endings], [['sudoql/statement/decision', 'sudoql/elevation/decision'], {}]);
  });
}

for (const condition of NOT_READ) {
  test(`a rule with "${condition}" does not read the clock`, async () => {
    assert.deepEqual((await readers(condition)).clock, ['sudoql/elevation/decision']);
  });
}

test('a rule that compares with the end of a line of the settings reads the clock where there is such an end', async () => {
  for (const condition of [
    'input.clock.iso < data.settings.lines[_].until',
    'some n; data.settings.lines[n].until <= substring(input.clock.iso, 0, 19)',
  ])
    assert.deepEqual(await readers(condition), {
      clock: ['sudoql/elevation/decision'],
      endings: { 'sudoql/statement/decision': [['settings', 'lines', null, 'until']] },
    });
});
