// A compiled policy in process: one entrypoint, one input, one answer of the right shape, or a fault.
import { createRequire } from 'node:module';
import type { LoadedPolicy } from '@open-policy-agent/opa-wasm';
import { Compile } from 'typebox/compile';
import { compileModule } from './compiler/compile-module.ts';
import { ENTRYPOINTS } from './decision.ts';
import { HOST_FUNCTIONS } from './host-functions.ts';
import { type EntrypointName, OUTPUTS } from './schemas/schemas.ts';

// Its ES module leaves loadPolicySync out, though its types promise it.
const opa = createRequire(import.meta.url)(
  '@open-policy-agent/opa-wasm',
) as typeof import('@open-policy-agent/opa-wasm');

/** 64 MiB in pages of 64 KiB; the largest input with the shipped policy needs a few. */
const MAXIMUM_PAGES = 1024;

const ANSWERS = {
  statement: Compile(OUTPUTS.statement),
  elevation: Compile(OUTPUTS.elevation),
  admin: Compile(OUTPUTS.admin),
};

export type WasmAnswer = { ok: true; value: unknown } | { ok: false; fault: string };

export interface WasmPolicy {
  /** Whether an entrypoint's answer depends on the input's clock, as the compiler found; true where it said nothing. */
  readsClock(entrypoint: EntrypointName): boolean;
  /** Never throws. */
  evaluate(entrypoint: EntrypointName, input: unknown): WasmAnswer;
}

/** Throws when `wasm`, as bytes or compiled, is no policy that answers all entrypoints. */
export async function loadWasmPolicy(wasm: Uint8Array | WebAssembly.Module, data: unknown): Promise<WasmPolicy> {
  const module = wasm instanceof WebAssembly.Module ? wasm : await compileModule(wasm);
  const instantiate = (): LoadedPolicy => {
    const policy = opa.loadPolicySync(module, { initial: 5, maximum: MAXIMUM_PAGES }, HOST_FUNCTIONS);
    policy.setData(data ?? {});
    return policy;
  };
  let policy = instantiate();
  const ids = {} as Record<EntrypointName, number>;
  for (const [name, path] of Object.entries(ENTRYPOINTS) as [EntrypointName, string][]) {
    const id: unknown = policy.entrypoints[path];
    if (typeof id !== 'number') throw new Error(`The compiled policy does not answer ${path}.`);
    ids[name] = id;
  }
  const clock = clockReaders(module);
  return {
    readsClock: (entrypoint) => clock?.has(ENTRYPOINTS[entrypoint]) ?? true,
    evaluate: (entrypoint, input) => {
      let results: unknown;
      try {
        results = policy.evaluate(input, ids[entrypoint]);
      } catch (error) {
        // After a trap the instance's memory cannot be trusted.
        policy = instantiate();
        return { ok: false, fault: `the policy failed: ${wordsOf(error)}` };
      }
      const value = answerOf(results);
      if (value === undefined) return { ok: false, fault: `${ENTRYPOINTS[entrypoint]} gave no answer` };
      if (!ANSWERS[entrypoint].Check(value)) {
        const first = ANSWERS[entrypoint].Errors(value)[0];
        const where = first ? `: ${first.instancePath || '/'} ${first.message}` : '';
        return { ok: false, fault: `${ENTRYPOINTS[entrypoint]} gave an answer of the wrong shape${where}` };
      }
      return { ok: true, value };
    },
  };
}

/** Of the JavaScript interface of WebAssembly; Node's types leave it out. */
const { customSections: sectionsOf } = WebAssembly.Module as unknown as {
  customSections(module: WebAssembly.Module, name: string): ArrayBuffer[];
};

/** The section that the compiler adds (compiler/build.go); null when there is none that can be read. */
function clockReaders(module: WebAssembly.Module): Set<unknown> | null {
  const [section, ...more] = sectionsOf(module, 'sudoql');
  if (!section || more.length > 0) return null;
  try {
    const { clock } = JSON.parse(new TextDecoder().decode(section)) as { clock?: unknown };
    return Array.isArray(clock) ? new Set(clock) : null;
  } catch {
    return null;
  }
}

function answerOf(results: unknown): unknown {
  const first: unknown = Array.isArray(results) && results.length === 1 ? results[0] : undefined;
  return typeof first === 'object' && first !== null && 'result' in first ? first.result : undefined;
}

/** The runtime throws strings and bare objects. */
function wordsOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  if (typeof error === 'object' && error !== null && 'message' in error) return String(error.message);
  return String(error);
}
