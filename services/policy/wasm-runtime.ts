// OPA's interface of compiled policies (ABI 1.3), with what one evaluation may cost: https://www.openpolicyagent.org/docs/wasm
import { DEPTH, FUEL, MOST_FUEL, STATE_FROM, STATE_TO, VARIABLE } from './fuel/meter.ts';
import { DEEPEST } from './fuel/metered-body.ts';
import { neededBy } from './calendar.ts';
import type { HostFunction } from './host-functions.ts';

/**
 * Steps of a call of the host beside those that the module counts to hand arguments and result over: of any, of one that needs what no
 * other of its evaluation did, and of each character handed over.
 */
const HOST_CALL = 50_000;
const HOST_FIRST = 1_000_000;
const HOST_CHARACTER = 20;

/** 64 MiB in pages of 64 KiB; the largest input with the shipped policy needs a few. */
const PAGES = 1_024;
/** Characters of an answer; the longest that the shapes and the shipped rules admit has some thousand. */
const LONGEST_ANSWER = 1_000_000;

/** Why an evaluation did not come to its end. `fuel`: it needed more steps than it was given. */
export interface Stop {
  why: 'fuel' | 'depth' | 'memory' | 'failed';
  message: string;
  /** The path of the rule that it was at, where that is known. */
  rule: string | null;
}

/** `what`: a decision, a test. */
export function stopInWords({ why, message }: Stop, fuel: number, what: string): string {
  if (why === 'fuel') return `it takes more than the ${fuel.toLocaleString('en-US')} steps that a ${what} may take`;
  if (why === 'depth') return 'its values, or its calls, are nested too deeply';
  if (why === 'memory') return `it takes more memory than a ${what} may take`;
  return message;
}

export interface Evaluation {
  /** Absent: undefined, or it stopped. */
  result?: unknown;
  stopped?: Stop;
  /** What it took; of one that stopped, until then. The same for the same input, whatever was evaluated before. */
  steps: number;
}

export interface WasmRuntime {
  /** Number of an entrypoint by its path. */
  entrypoints: Record<string, number>;
  /** Never throws for what a policy does. `input` undefined: there is none. */
  evaluate(entrypoint: number, input: unknown, fuel: number): Evaluation;
}

interface Exports {
  opa_malloc(size: number): number;
  opa_json_parse(address: number, size: number): number;
  opa_json_dump(value: number): number;
  opa_heap_ptr_get(): number;
  opa_eval(reserved: 0, entrypoint: number, data: number, input: number, size: number, heap: number, raw: 0): number;
  builtins(): number;
  entrypoints(): number;
  opa_wasm_abi_version?: WebAssembly.Global;
}

/** Throws when the module is no policy, does not count (fuel/meter.ts), or needs more memory for itself and `data` than there is. */
export function makeWasmRuntime(
  module: WebAssembly.Module,
  data: unknown,
  hostFunctions: Readonly<Record<string, HostFunction>>,
): WasmRuntime {
  // All at once, so that no evaluation grows it: the first would do more than those after it. What is not touched takes no memory.
  const memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES });
  const text = (address: number): string => {
    const end = new Uint8Array(memory.buffer).indexOf(0, address);
    return Buffer.from(memory.buffer, address, end - address).toString();
  };
  const load = (value: unknown): number => {
    const json = Buffer.from(JSON.stringify(value, written));
    const address = exports.opa_malloc(json.length) >>> 0;
    new Uint8Array(memory.buffer).set(json, address);
    const loaded = exports.opa_json_parse(address, json.length);
    if (loaded === 0) throw new Error('The runtime cannot read its data.');
    return loaded;
  };
  /** What calls of this evaluation needed: what was made ready for another's may not make this one cheaper. */
  const ready = new Set<string>();
  const host = (number: number, _context: number, ...args: number[]): number => {
    const name = names[number] ?? String(number);
    const called = Object.hasOwn(hostFunctions, name) ? hostFunctions[name] : undefined;
    if (!called) throw new Error(`the runtime has no function ${name}`);
    const texts = args.map((value) => text(exports.opa_json_dump(value)));
    const values = texts.map((one) => exactly(one));
    const needed = neededBy(values);
    const first = needed !== null && !ready.has(needed);
    if (first) ready.add(needed);
    const left = (fuel.value as number) - HOST_CALL - (first ? HOST_FIRST : 0) - HOST_CHARACTER * texts.join('').length;
    fuel.value = left;
    // The module stops by itself at the next step.
    if (left < 0) return 0;
    const result = called(...values);
    return result === undefined ? 0 : load(result);
  };
  const env = {
    memory,
    opa_abort: (address: number) => {
      throw new Error(text(address));
    },
    opa_println: () => {},
    ...Object.fromEntries([0, 1, 2, 3, 4].map((n) => [`opa_builtin${n}`, host])),
  };
  const exports = new WebAssembly.Instance(module, { env }).exports as unknown as Exports;
  const variable = (name: string): WebAssembly.Global => {
    const found = (exports as unknown as Record<string, unknown>)[name];
    if (!(found instanceof WebAssembly.Global)) throw new Error('The compiled policy does not count its steps.');
    return found;
  };
  const [fuel, depth] = [variable(FUEL), variable(DEPTH)];
  const others = Object.keys(exports).filter((name) => name.startsWith(VARIABLE));
  if (exports.opa_wasm_abi_version?.value !== 1)
    throw new Error('The compiled policy has another interface than this runtime.');
  const read = (address: number) => JSON.parse(text(exports.opa_json_dump(address))) as Record<string, number>;
  const names = Object.fromEntries(Object.entries(read(exports.builtins())).map(([name, number]) => [number, name]));
  const entrypoints = read(exports.entrypoints());
  const dataAddress = load(data ?? {});
  const heap = exports.opa_heap_ptr_get() >>> 0;

  // Each evaluation begins alike, or what one did would be another's cost. One that was stopped may have left anything anywhere.
  const stateFrom = variable(STATE_FROM).value as number;
  const state = new Uint8Array(memory.buffer).slice(stateFrom, variable(STATE_TO).value as number);
  const whole = new Uint8Array(memory.buffer).slice(0, heap);
  const values = others.map((name) => [variable(name), variable(name).value] as const);
  const restore = () => {
    new Uint8Array(memory.buffer).set(whole);
    for (const [one, value] of values) one.value = value;
  };

  return {
    entrypoints,
    evaluate: (entrypoint, input, given) => {
      const limit = Math.min(given, MOST_FUEL);
      new Uint8Array(memory.buffer).set(state, stateFrom);
      fuel.value = limit;
      depth.value = 0;
      ready.clear();
      let answer: string;
      const frames = Error.stackTraceLimit;
      Error.stackTraceLimit = FRAMES;
      try {
        // What JSON does not write (undefined, a function) is no input.
        const json = Buffer.from(JSON.stringify(input) ?? '');
        if (heap + json.length > memory.buffer.byteLength) throw new Error('opa_malloc: the input is too large');
        new Uint8Array(memory.buffer).set(json, heap);
        const end = heap + json.length;
        answer = text(exports.opa_eval(0, entrypoint, dataAddress, json.length > 0 ? heap : 0, json.length, end, 0));
      } catch (error) {
        const stopped = stopOf(error, fuel.value as number, depth.value as number);
        const steps = limit - Math.max(fuel.value as number, 0);
        restore();
        return { stopped, steps };
      } finally {
        Error.stackTraceLimit = frames;
      }
      const steps = limit - (fuel.value as number);
      if (answer.length > LONGEST_ANSWER)
        return { stopped: { why: 'memory', message: 'its answer is too long', rule: null }, steps };
      const results = parsed(answer);
      if (results === undefined)
        return { stopped: { why: 'failed', message: 'its answer is no JSON', rule: null }, steps };
      const first: unknown = Array.isArray(results) && results.length === 1 ? results[0] : undefined;
      return typeof first === 'object' && first !== null && 'result' in first
        ? { result: first.result, steps }
        : { steps };
    },
  };
}

interface WithSource {
  rawJSON(text: string): unknown;
  parse(text: string, revive: (key: string, value: unknown, context: { source?: string }) => unknown): unknown;
}
const { rawJSON, parse } = JSON as unknown as WithSource;

/** JSON with whole numbers that JavaScript's own do not hold as BigInt, and back. */
const exactly = (text: string): unknown =>
  parse(text, (_, value, { source = '' }) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(source) ? BigInt(source) : value,
  );
const written = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? rawJSON(String(value)) : value);

/** OPA's runtime writes some numbers as they were read, which JSON does not know: `5.`. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Frames of a stopped evaluation that are looked at for the rule it was in. */
const FRAMES = 2_000;

function stopOf(error: unknown, fuel: number, depth: number): Stop {
  const { message, stack = '' } = error instanceof Error ? error : new Error(String(error));
  // OPA's compiler names a rule's function after its path, in a space of its own for each `with`.
  const rule = /\bg\d+\.data\.([^\s(]+)/.exec(stack)?.[1] ?? null;
  if (fuel < 0) return { why: 'fuel', message, rule };
  if (depth > DEEPEST || error instanceof RangeError) return { why: 'depth', message, rule };
  if (message.startsWith('opa_malloc')) return { why: 'memory', message, rule };
  return { why: 'failed', message, rule };
}
