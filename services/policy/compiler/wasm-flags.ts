// V8's flags for the compiler's own module. They are the whole process's, whichever thread sets them, so each has its way back.
import { setFlagsFromString } from 'node:v8';

/**
 * Optimising 40 MB of Go for the second that it runs would take two seconds of CPU. V8 reads the budget when a module is compiled, so that
 * later modules, the policy's own above all, are optimised as usual. The forty functions that use it up all the same cost the first
 * request, which mostly is the only one, half a second more than they save it: `optimiseAgain` is for when that is over.
 */
const HARDLY_OPTIMISE = '--wasm-tiering-budget=2000000000';
const V8_DEFAULT = '--wasm-tiering-budget=13000000';
const OPTIMISE_NONE = '--wasm-tier-up-filter=0';
const OPTIMISE_THOSE = '--wasm-tier-up-filter=-1';

/** Of it all a request runs six MB, and they are those of the hash: each function is validated when it is first called, not all at once. */
const VALIDATE_WHEN_CALLED = '--wasm-lazy-validation';
const VALIDATE_AT_ONCE = '--no-wasm-lazy-validation';

const set = (...flags: string[]) => {
  for (const flag of flags) setFlagsFromString(flag);
};

/** Compiles and instantiates it. */
export async function instantiate(
  bytes: Uint8Array<ArrayBuffer>,
  imports: WebAssembly.Imports,
): Promise<WebAssembly.Instance> {
  set(HARDLY_OPTIMISE, OPTIMISE_NONE, VALIDATE_WHEN_CALLED);
  try {
    const module = await WebAssembly.compile(bytes).finally(() => set(VALIDATE_AT_ONCE));
    return await WebAssembly.instantiate(module, imports);
  } finally {
    set(V8_DEFAULT);
  }
}

/** After the first request, and when a thread was ended in it. */
export const optimiseAgain = (): void => set(OPTIMISE_THOSE);
