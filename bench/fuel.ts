// What counting a policy's steps costs a decision, and what steps cost in time: the usual ones, and the dearest that are known.
import { createRequire } from 'node:module';
import { makeCompiler } from '../services/policy/compiler/compiler.ts';
import { compileModule, withHints } from '../services/policy/compiler/compile-module.ts';
import { DECISION_FUEL } from '../services/policy/fuel/limits.ts';
import { compilerView } from '../services/policy/gate/gate.ts';
import { largestInput, readInput, writeInput } from '../services/policy/gate/sample-inputs.ts';
import { HOST_FUNCTIONS } from '../services/policy/host-functions.ts';
import { readData } from '../services/policy/settings/settings.ts';
import { shippedFiles } from '../services/policy/testing.ts';
import { makeWasmRuntime } from '../services/policy/wasm-runtime.ts';
import { DEFAULT_FACT_LIMITS } from '../services/statements/findings.ts';
import { loadParser } from '../services/statements/parse.ts';
import { quantile } from './measure.ts';

// It sets V8's flags for WebAssembly in the whole process, as in a gateway.
await loadParser();
const compiler = makeCompiler();
const files = await shippedFiles();
const { data, settingsSchema } = readData(files);
const built = await compiler.run({ op: 'build', ...compilerView(files, data, settingsSchema) });
const wasm = Buffer.from(built.wasm ?? '', 'base64');
const counting = makeWasmRuntime(await compileModule(wasm), data, HOST_FUNCTIONS);
// What is compared with: the same module, made ready to run in the same way, without counting, by OPA's own library.
const opa = createRequire(import.meta.url)(
  '@open-policy-agent/opa-wasm',
) as typeof import('@open-policy-agent/opa-wasm');
const plain = opa.loadPolicySync(
  new WebAssembly.Module(withHints(wasm)),
  { initial: 1_024, maximum: 1_024 },
  HOST_FUNCTIONS,
);
plain.setData(data);
const decision = counting.entrypoints['sudoql/statement/decision'] ?? -1;
for (const [name, input, count] of [
  ['a SELECT', readInput, 6_000],
  ['an UPDATE', writeInput, 6_000],
  ['the largest input', largestInput(DEFAULT_FACT_LIMITS), 300],
] as const) {
  const times: [number[], number[]] = [[], []];
  let steps = 0;
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    plain.evaluate(input, decision);
    const between = performance.now();
    steps = counting.evaluate(decision, input, DECISION_FUEL).steps;
    times[0].push((between - start) * 1_000);
    times[1].push((performance.now() - between) * 1_000);
  }
  const [off, on] = times.map((each) => quantile(each, 0.5)) as [number, number];
  const more = (100 * (on / off - 1)).toFixed(1);
  console.log(
    `${name}: ${off.toFixed(1)} µs, counted ${on.toFixed(1)} µs (${more} %), ${steps} steps, ${((on * 1_000) / steps).toFixed(3)} ns each`,
  );
}

const many = 'some i in numbers.range(1, 200); some j in numbers.range(1, 200)';
const WORK: Record<string, string> = {
  zones: `r := count([1 | ${many}; time.clock([i, "Europe/Berlin"])[0] == 25])`,
  'no zones': `r := count([1 | ${many}; time.clock([i, $"Etc/{i}"])[0] == 25])`,
  capitals: `r := count([1 | ${many}; count(upper("äöü🙂x äöü🙂x äöü🙂x äöü🙂x")) == i])`,
  splitting: `r := count([1 | ${many}; count(split(input.text, "")) == i])`,
  texts: `r := count(concat("", [x | ${many}; x := input.text]))`,
  objects: `r := count({[i, j]: {i: j} | ${many}})`,
  globs: `r := count([1 | ${many}; glob.match($"{i}*x", ["."], input.text)])`,
  patterns: `r := count([1 | ${many}; regex.match($"({i}|x)*y", input.text)])`,
  loops: `r := count([1 | ${many}; ${many.replaceAll('i in', 'k in').replaceAll('j in', 'l in')}; i == j + k + l])`,
  walking: `r := count([1 | ${many}; walk(input, [p, v]); v == i])`,
};
const names = Object.keys(WORK);
const work = await compiler.run({
  op: 'build',
  files: Object.fromEntries(names.map((name, i) => [`p${i}.rego`, `package p${i}\n\n${WORK[name]}\n`])),
  entrypoints: names.map((_, i) => `p${i}/r`),
});
const working = makeWasmRuntime(await compileModule(Buffer.from(work.wasm ?? '', 'base64')), {}, HOST_FUNCTIONS);
const input = { text: 'x'.repeat(2_000), list: Array.from({ length: 200 }, (_, n) => ({ n })) };
/** A tenth, so that one run among many has the processor to itself. */
const FUEL = DECISION_FUEL / 10;
for (const [i, name] of names.entries()) {
  const entrypoint = working.entrypoints[`p${i}/r`] ?? -1;
  const ns = Array.from({ length: 25 }, () => {
    const start = performance.now();
    const { steps } = working.evaluate(entrypoint, input, FUEL);
    return ((performance.now() - start) * 1e6) / steps;
  });
  const least = Math.min(...ns);
  console.log(
    `${name}: ${least.toFixed(3)} ns a step, a whole decision's ${((least * DECISION_FUEL) / 1e6).toFixed(1)} ms`,
  );
}
await compiler.close();
