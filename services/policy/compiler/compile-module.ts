// A policy's bytes made into a module whose functions V8 optimises when they are first called.
import { setFlagsFromString } from 'node:v8';

/**
 * The parser's instance keeps V8 from ever optimising WebAssembly, in the whole process (statements/parser/instance.ts). A policy is
 * small and asked for each statement: optimised, a decision takes half the time, and one on the largest input a third. That is said
 * in the module itself, in a section that only modules with it are affected by; without the flag, or in a V8 that knows neither,
 * it is compiled as any other.
 */
const HINTS = '--experimental-wasm-compilation-hints';
const SECTION = Buffer.from('compilationHints');
/** Of a function: compiled when it is first called (1), by the optimising compiler (2) at once and for good. */
const OPTIMISED_AT_FIRST_CALL = 1 | (2 << 2) | (2 << 4);

const CUSTOM = 0;
const FUNCTIONS = 3;
const CODE = 10;
/** Magic number and version. */
const HEADER = 8;

/** Throws for what is no WebAssembly. */
export function compileModule(wasm: Uint8Array): Promise<WebAssembly.Module> {
  setFlagsFromString(HINTS);
  return WebAssembly.compile(withHints(wasm));
}

/** The section stands before the code, and says the same of each function. Bytes that are no module are left as they are. */
function withHints(wasm: Uint8Array): Uint8Array {
  let functions = 0;
  for (let at = HEADER; at < wasm.length; ) {
    const [size, body] = number(wasm, at + 1);
    if (wasm[at] === FUNCTIONS) [functions] = number(wasm, body);
    if (wasm[at] === CODE) {
      const hints = Buffer.alloc(functions, OPTIMISED_AT_FIRST_CALL);
      const section = Buffer.concat([bytes(SECTION.length), SECTION, bytes(functions), hints]);
      const before = [wasm.subarray(0, at), Buffer.from([CUSTOM]), bytes(section.length), section];
      return Buffer.concat([...before, wasm.subarray(at)]);
    }
    at = body + size;
  }
  return new Uint8Array(wasm);
}

/** Unsigned LEB128 at `at`, and where what follows begins. */
function number(wasm: Uint8Array, at: number): [value: number, next: number] {
  let value = 0;
  for (let n = 0; n < 5; n++) {
    const byte = wasm[at + n] ?? 0;
    value += (byte & 0x7f) * 2 ** (7 * n);
    if (byte < 0x80) return [value, at + n + 1];
  }
  return [value, at + 5];
}

function bytes(value: number): Buffer {
  const all: number[] = [];
  for (let left = value; ; left = Math.floor(left / 128)) {
    if (left < 128) return Buffer.from([...all, left]);
    all.push((left % 128) + 128);
  }
}
