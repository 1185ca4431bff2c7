import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { makeCompiler } from '../compiler/compiler.ts';
import { compileModule } from '../compiler/compile-module.ts';
import { HOST_FUNCTIONS } from '../host-functions.ts';
import { type Evaluation, makeWasmRuntime, type WasmRuntime } from '../wasm-runtime.ts';
import { DECISION_FUEL } from './limits.ts';

const compiler = makeCompiler();
after(() => compiler.close());

/** Each by its kind of work: the rest of a module with a rule `r`. */
const ENDLESS: Record<string, string> = {
  'nested loops':
    'r if { some a in input.names; some b in input.names; some c in input.names; some d in input.names; a == concat("", [b, c, d]) }',
  'calls that double': `r := f0(1)\n${Array.from({ length: 40 }, (_, i) => `f${i}(x) := f${i + 1}(x) + f${i + 1}(x + 1)`).join('\n')}\nf40(x) := x`,
  'a range': 'r := count(numbers.range(1, 2000000000))',
  'a text that grows': 'r := count(concat("", [x | some i in numbers.range(1, 1000000); x := input.text]))',
  'objects that grow':
    'r := count({[i, j]: {i: j} | some i in numbers.range(1, 10000); some j in numbers.range(1, 10000)})',
  'sets that grow': 'r := count({[i, j] | some i in numbers.range(1, 10000); some j in numbers.range(1, 10000)})',
  'a product': 'r := product([x | some i in numbers.range(1, 200000); x := 99999999])',
  'patterns that are made up':
    'r := count([1 | some i in numbers.range(1, 10000); some j in numbers.range(1, 1000); regex.match($"({i}|{j})*[a-z]+x", input.text)])',
  'a pattern that repeats':
    'r := count([1 | some i in numbers.range(1, 10000); regex.match($"((a{"{1,30}"}){"{1,30}"}){i}", input.text)])',
  'long matches': 'r := count([1 | some i in numbers.range(1, 100000); regex.match("^(x+x+)+y", input.text)])',
  globs:
    'r := count([1 | some a in input.names; some b in input.names; some c in input.names; glob.match(concat("", [a, c, "*"]), ["."], b)])',
  walks: 'r := count([1 | some i in numbers.range(1, 100000); walk(input, [p, v]); v == i])',
  sorting: 'r := count([1 | some i in numbers.range(1, 100000); sort(input.names)[0] == $"{i}"])',
  unions: 'r := count([1 | some i in numbers.range(1, 100000); count(object.union(input, {"a": i})) == i])',
  'paths in a graph':
    'r := count([1 | some i in numbers.range(1, 100000); count(graph.reachable({a: input.names | some a in input.names}, {"a"})) == i])',
  'calls of the host': 'r := count([1 | some i in numbers.range(1, 100000); time.clock(i)[0] == 25])',
  'zones that are made up':
    'r := count([1 | some i in numbers.range(1, 100000); time.clock([i, $"Etc/{i}"])[0] == 25])',
  'long texts for the host':
    'r := count([1 | some i in numbers.range(1, 100000); time.clock([i, input.text])[0] == 25])',
  replacing: 'r := count([1 | some i in numbers.range(1, 100000); count(replace(input.text, "x", "yy")) == i])',
  splitting: 'r := count([1 | some i in numbers.range(1, 100000); count(split(input.text, "")) == i])',
  searching:
    'r := count([1 | some i in numbers.range(1, 100000); indexof(input.text, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxy") == i])',
  capitals: 'r := count([1 | some i in numbers.range(1, 100000); count(upper(input.text)) == i])',
  division:
    'r := count([1 | some i in numbers.range(1, 10000); some j in numbers.range(1, 10000); i / 7.3 == j * 1.00001])',
  templates: 'r := count([1 | some i in numbers.range(1, 100000); $"{input}{i}" == "x"])',
};
/** Arrays within arrays, of which none that a gateway makes has ten. */
const deepInput = JSON.parse(`${'['.repeat(1_500)}${']'.repeat(1_500)}`) as unknown;
const input = { names: Array.from({ length: 200 }, (_, n) => `relation_${n}`), text: 'x'.repeat(2_000) };

async function runtimesOf(
  bodies: Record<string, string>,
): Promise<{ make: () => WasmRuntime; paths: [string, string][] }> {
  const names = Object.keys(bodies).map((name, i) => [name, `p${i}`] as const);
  const files = Object.fromEntries(names.map(([name, pkg]) => [`${pkg}.rego`, `package ${pkg}\n\n${bodies[name]}\n`]));
  const built = await compiler.run({ op: 'build', files, entrypoints: names.map(([, pkg]) => `${pkg}/r`) });
  assert.equal(built.problems, undefined);
  const module = await compileModule(Buffer.from(built.wasm ?? '', 'base64'));
  return {
    make: () => makeWasmRuntime(module, {}, HOST_FUNCTIONS),
    paths: names.map(([name, pkg]) => [name, `${pkg}/r`]),
  };
}

const decide = (runtime: WasmRuntime, path: string, of: unknown = input): Evaluation =>
  runtime.evaluate(runtime.entrypoints[path] ?? -1, of, DECISION_FUEL);

const { make, paths } = await runtimesOf(ENDLESS);
const one = make();

for (const [name, path] of paths) {
  test(`promise 9: an evaluation that would not end stops itself, and its rule is named: ${name}`, () => {
    const { stopped, steps } = decide(one, path);
    assert.ok(stopped, 'it ended');
    assert.match(stopped.why, /^(fuel|memory)$/);
    assert.match(stopped.rule ?? '', new RegExp(`^${path.replace('/r', '')}\\.`));
    if (stopped.why === 'fuel') assert.equal(steps, DECISION_FUEL);
  });
}

test('promise 9: what is nested too deeply stops, at the same depth on every stack', async () => {
  const deep = await runtimesOf({ 'a value': 'r := count(input)' });
  const runtime = deep.make();
  const flat = decide(runtime, 'p0/r', deepInput);
  assert.equal(flat.stopped?.why, 'depth');
  const under = (levels: number): Evaluation => (levels === 0 ? decide(runtime, 'p0/r', deepInput) : under(levels - 1));
  assert.deepEqual(under(1_000), flat);
});

test('an evaluation costs the same each time, after whatever others, in an old instance as in a new one', async () => {
  const ending = await runtimesOf({
    'a pattern': 'r := regex.match("^(a|b)*[a-z]+$", input.text)',
    'no pattern': 'r := regex.match("(", input.text)',
    'a glob': 'r := glob.match("*.x", ["."], input.text)',
    'a hundred and more patterns':
      'r := count([1 | some i in numbers.range(1, 150); regex.match($"x{i}", input.text)])',
    'the same patterns, twice':
      'r := count([1 | some j in [1, 2]; some i in numbers.range(1, 120); regex.match($"x{i}", input.text)])',
    numbers: 'r := [x | some i in numbers.range(1, 100); x := i * 1.5]',
    'the host': 'r := [x | some i in numbers.range(1, 10); x := time.clock([i * 1000000000000, "Europe/Berlin"])]',
    texts: 'r := {upper(name) | some name in input.names}',
    memory: 'r := count([name | some i in numbers.range(1, 100); some name in input.names])',
  });
  const old = ending.make();
  const costs = new Map<string, number>();
  for (let round = 0; round < 3; round++) {
    for (const [name, path] of round % 2 ? ending.paths.toReversed() : ending.paths) {
      const { steps, stopped } = decide(old, path);
      assert.equal(stopped, undefined, name);
      assert.equal(steps, costs.get(path) ?? steps, `${name}, again`);
      assert.equal(steps, decide(ending.make(), path).steps, `${name}, in a new instance`);
      costs.set(path, steps);
      // What was stopped in between leaves nothing behind.
      decide(old, path, { names: input.names });
      old.evaluate(old.entrypoints[path] ?? -1, input, Math.floor(steps * 0.7));
    }
  }
});

test('after a stop the same instance answers as before', () => {
  const path = paths[0]?.[1] ?? '';
  const few = { names: ['a'], text: 'x' };
  const before = decide(one, path, few);
  for (const [, endless] of paths.slice(0, 8)) {
    decide(one, endless);
    assert.deepEqual(decide(one, path, few), before);
  }
});

test('the instructions that are counted are those of any module, and one that does not count is not run', async () => {
  const built = await compiler.run({ op: 'build', files: { 'p.rego': 'package p\n\nr := 1\n' }, entrypoints: ['p/r'] });
  const plain = await WebAssembly.compile(Buffer.from(built.wasm ?? '', 'base64'));
  assert.throws(() => makeWasmRuntime(plain, {}, HOST_FUNCTIONS), /does not count its steps/);
});
