// A policy's bytes made into a module that counts its steps, and whose functions V8 optimises when they are first called.
import { setFlagsFromString } from 'node:v8';
import { moduleOf, Reader, SECTION, sectionsOf, unsigned } from '../fuel/binary.ts';
import { withFuel } from '../fuel/meter.ts';

/**
 * The parser's instance keeps V8 from ever optimising WebAssembly, in the whole process (statements/parser/instance.ts). A policy is
 * small and asked for each statement: optimised, a decision takes half the time, and one on the largest input a third. That is said
 * in the module itself, in a section that only modules with it are affected by; without the flag, or in a V8 that knows neither,
 * it is compiled as any other.
 */
const HINTS = '--experimental-wasm-compilation-hints';
const NAME = Buffer.from('compilationHints');
/** Of a function: compiled when it is first called (1), by the optimising compiler (2) at once and for good. */
const OPTIMISED_AT_FIRST_CALL = 1 | (2 << 2) | (2 << 4);

/**
 * Throws for what is no WebAssembly, and for what cannot be made to count (fuel/meter.ts). Nothing evaluates a policy that did not
 * come through here, wherever its bytes were kept.
 */
export async function compileModule(wasm: Uint8Array, { optimised = true } = {}): Promise<WebAssembly.Module> {
  setFlagsFromString(HINTS);
  return WebAssembly.compile(made(wasm, optimised));
}

function made(wasm: Uint8Array, optimised: boolean): Uint8Array {
  try {
    return optimised ? withHints(withFuel(wasm)) : withFuel(wasm);
  } catch (error) {
    // Of bytes that are no module the engine says it best.
    if (!WebAssembly.validate(wasm)) return wasm;
    throw error;
  }
}

/** The section stands before the code, and says the same of each function. */
export function withHints(wasm: Uint8Array): Uint8Array {
  const sections = sectionsOf(wasm);
  const code = sections.findIndex(({ id }) => id === SECTION.code);
  const functions = sections.find(({ id }) => id === SECTION.functions);
  if (code < 0 || !functions) return wasm;
  const count = new Reader(functions.content).unsigned();
  const hints = [unsigned(NAME.length), [...NAME], unsigned(count)].flat();
  const content = Buffer.concat([Uint8Array.from(hints), Buffer.alloc(count, OPTIMISED_AT_FIRST_CALL)]);
  return moduleOf(wasm, sections.toSpliced(code, 0, { id: SECTION.custom, content }));
}
