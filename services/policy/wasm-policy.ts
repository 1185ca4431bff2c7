// A compiled policy in process: one entrypoint, one input, one answer of the right shape, or a fault.
import { Compile } from '../contract/typebox/typebox.js';
import { compileModule } from './compiler/compile-module.ts';
import { ENTRYPOINTS, OPTIONAL_ENTRYPOINTS } from './decision.ts';
import { DECISION_FUEL } from './fuel/limits.ts';
import { HOST_FUNCTIONS } from './host-functions.ts';
import { type EntrypointName, OUTPUTS } from './schemas/schemas.ts';
import { makeWasmRuntime, type Stop, stopInWords } from './wasm-runtime.ts';

const ANSWERS = {
  statement: Compile(OUTPUTS.statement),
  elevation: Compile(OUTPUTS.elevation),
  admin: Compile(OUTPUTS.admin),
  approval: Compile(OUTPUTS.approval),
};

/** `steps`: what it took (fuel/meter.ts), the same each time for the same input. */
export type WasmAnswer =
  | { ok: true; value: unknown; steps: number }
  | {
      ok: false;
      fault: string;
      steps: number;
      /** It was stopped at a limit. `rule`: the path of the rule that it was at, where that is known. */
      stopped?: { why: Stop['why']; rule: string | null };
    };

export interface WasmPolicy {
  /** Whether it has that entrypoint: one that it may be without. */
  answers(entrypoint: EntrypointName): boolean;
  /** Whether an entrypoint's answer depends on the input's clock, with this data, as the compiler found; true where it said nothing. */
  readsClock(entrypoint: EntrypointName): boolean;
  /** Never throws. `fuel`: the most steps; by default a decision's. */
  evaluate(entrypoint: EntrypointName, input: unknown, fuel?: number): WasmAnswer;
}

/** Throws when `wasm`, as bytes or as `compileModule` made it, is no policy that answers all entrypoints that it must. */
export async function loadWasmPolicy(wasm: Uint8Array | WebAssembly.Module, data: unknown): Promise<WasmPolicy> {
  const module = wasm instanceof WebAssembly.Module ? wasm : await compileModule(wasm);
  const runtime = makeWasmRuntime(module, data, HOST_FUNCTIONS);
  const ids: Partial<Record<EntrypointName, number>> = {};
  for (const [name, path] of Object.entries(ENTRYPOINTS) as [EntrypointName, string][]) {
    const id: unknown = runtime.entrypoints[path];
    if (typeof id === 'number') ids[name] = id;
    else if (!OPTIONAL_ENTRYPOINTS.has(path)) throw new Error(`The compiled policy does not answer ${path}.`);
  }
  const clock = clockReaders(module, data);
  return {
    answers: (entrypoint) => ids[entrypoint] !== undefined,
    readsClock: (entrypoint) => clock?.has(ENTRYPOINTS[entrypoint]) ?? true,
    evaluate: (entrypoint, input, fuel = DECISION_FUEL) => {
      const id = ids[entrypoint];
      if (id === undefined) return { ok: false, fault: `the policy has no ${ENTRYPOINTS[entrypoint]}`, steps: 0 };
      const { result: value, stopped, steps } = runtime.evaluate(id, input, fuel);
      if (stopped) {
        const { why, rule } = stopped;
        const where = `${rule ? `in ${rule}` : `deciding ${ENTRYPOINTS[entrypoint]}`}`;
        return {
          ok: false,
          fault: `the policy failed: ${stopInWords(stopped, fuel, 'decision')}, ${where}`,
          steps,
          stopped: { why, rule },
        };
      }
      if (value === undefined) return { ok: false, fault: `${ENTRYPOINTS[entrypoint]} gave no answer`, steps };
      if (!ANSWERS[entrypoint].Check(value)) {
        const first = ANSWERS[entrypoint].Errors(value)[0];
        const where = first ? `: ${first.instancePath || '/'} ${first.message}` : '';
        return { ok: false, fault: `${ENTRYPOINTS[entrypoint]} gave an answer of the wrong shape${where}`, steps };
      }
      return { ok: true, value, steps };
    },
  };
}

/** Of the JavaScript interface of WebAssembly; Node's types leave it out. */
const { customSections: sectionsOf } = WebAssembly.Module as unknown as {
  customSections(module: WebAssembly.Module, name: string): ArrayBuffer[];
};

/**
 * Paths of entrypoints that read the clock, by the section that the compiler adds (compiler/clock.go): always, or because a line of the
 * settings ends. Null when there is none that can be read.
 */
function clockReaders(module: WebAssembly.Module, data: unknown): Set<unknown> | null {
  const [section, ...more] = sectionsOf(module, 'sudoql');
  if (!section || more.length > 0) return null;
  try {
    const said = JSON.parse(new TextDecoder().decode(section)) as { clock: string[]; endings: Record<string, Place[]> };
    const ending = Object.entries(said.endings).filter(([, places]) => places.some((place) => has(data, place)));
    return new Set([...said.clock, ...ending.map(([path]) => path)]);
  } catch {
    return null;
  }
}

/** Of a value, from the root of the data; null is any key. */
type Place = (string | null)[];

function has(value: unknown, [key, ...rest]: Place): boolean {
  if (key === undefined) return true;
  if (typeof value !== 'object' || value === null) return false;
  if (key === null) return Object.values(value).some((one) => has(one, rest));
  return Object.hasOwn(value, key) && has((value as Record<string, unknown>)[key], rest);
}
