// A decision for an author, on the files as they are: made by the compiled policy as a gateway makes it, and traced by OPA's evaluator,
// which says which rules and conditions held.
import { compileModule } from '../compiler/compile-module.ts';
import type { Compiler } from '../compiler/compiler.ts';
import type { TraceEvent } from '../compiler/messages.ts';
import { ENTRYPOINTS } from '../decision.ts';
import type { compilerView } from '../gate/gate.ts';
import { loadWasmPolicy, type WasmPolicy } from '../wasm-policy.ts';
import type { Prepared } from './decision-input.ts';
import { openPolicy, type PolicyCommandParts, refuse, withCompiler } from './parts.ts';

export interface Decided extends Prepared {
  decision: unknown;
  /** Places of the rules that gave a reason, a limit or a permission: `path (file:row)`. */
  fired: string[];
  trace: TraceEvent[];
}

export async function decide(
  inputs: Prepared[],
  { directory, json }: { directory: string; json: boolean },
  parts: PolicyCommandParts,
): Promise<Decided[]> {
  const opened = await openPolicy(directory);
  if (!opened.ok) throw refuse(parts, opened.problems, json);
  return withCompiler(parts, async (compiler) => {
    const decided: Decided[] = [];
    let policy: WasmPolicy | null = null;
    for (const prepared of inputs) {
      const query = `data.${ENTRYPOINTS[prepared.entrypoint].replaceAll('/', '.')}`;
      const answer = await compiler.run({ op: 'eval', ...opened.view, query, input: prepared.input, trace: true });
      if (answer.problems?.length) throw refuse(parts, answer.problems, json);
      policy ??= await compiled(compiler, opened.view, parts, json);
      const decision = policy.evaluate(prepared.entrypoint, prepared.input);
      if (!decision.ok) throw refuse(parts, [{ code: 'fault', message: `${decision.fault}; this denies` }], json);
      const trace = answer.trace ?? [];
      decided.push({ ...prepared, decision: decision.value, fired: firedRules(trace), trace });
    }
    return decided;
  });
}

async function compiled(
  compiler: Compiler,
  view: ReturnType<typeof compilerView>,
  parts: PolicyCommandParts,
  json: boolean,
): Promise<WasmPolicy> {
  const built = await compiler.run({ op: 'build', ...view });
  if (built.problems?.length) throw refuse(parts, built.problems, json);
  // To optimise what is asked once takes longer than to ask it.
  return loadWasmPolicy(await compileModule(Buffer.from(built.wasm ?? '', 'base64'), { optimised: false }), view.data);
}

export function allows(decision: unknown): boolean {
  if (typeof decision !== 'object' || decision === null) return false;
  return 'allow' in decision ? decision.allow === true : 'result' in decision && decision.result === 'allow';
}

function firedRules(trace: TraceEvent[]): string[] {
  const fired = trace
    .filter(({ op, rule }) => op === 'Exit' && /\.(deny|limit|permit)$/.test(rule ?? ''))
    .map(({ rule, file, row }) => `${rule} (${file}:${row})`);
  return [...new Set(fired)];
}
