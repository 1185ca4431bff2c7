// Go's linker gives its memory no maximum, and nothing outside the module can: so the build writes one into it.

const MEMORY_SECTION = 5;

/** The same module with `maximumPages` (64 KiB each) as its memory's maximum. Throws when it has no memory of its own, or a maximum. */
export function withMemoryMaximum(wasm: Uint8Array, maximumPages: number): Uint8Array {
  let at = 8;
  while (at < wasm.length) {
    const id = wasm[at];
    const [size, body] = readUnsigned(wasm, at + 1);
    if (id !== MEMORY_SECTION) {
      at = body + size;
      continue;
    }
    const [count, flagsAt] = readUnsigned(wasm, body);
    const [minimum, end] = readUnsigned(wasm, flagsAt + 1);
    if (count !== 1 || wasm[flagsAt] !== 0 || end !== body + size)
      throw new Error('The memory section is not as expected.');
    const section = [...writeUnsigned(1), 1, ...writeUnsigned(minimum), ...writeUnsigned(maximumPages)];
    return Buffer.concat([
      wasm.subarray(0, at),
      Uint8Array.of(MEMORY_SECTION, ...writeUnsigned(section.length), ...section),
      wasm.subarray(end),
    ]);
  }
  throw new Error('The module has no memory section.');
}

/** LEB128; gives the value and where the next byte is. */
function readUnsigned(bytes: Uint8Array, from: number): [number, number] {
  let value = 0;
  let at = from;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    if (byte === undefined || shift > 28) throw new Error('A number in the module is cut short.');
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return [value, at];
  }
}

function writeUnsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    bytes.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return bytes;
}
