import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileModule } from './compile-module.ts';

/** (func (result i32) i32.const 7), `times` of them, the first exported as f. */
function moduleOf(times: number): Uint8Array {
  const size = (n: number) => (n < 128 ? [n] : [(n % 128) + 128, Math.floor(n / 128)]);
  const section = (id: number, body: number[]) => [id, ...size(body.length), ...body];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 0, 1, 0x7f]),
    ...section(3, [...size(times), ...Array(times).fill(0)]),
    ...section(7, [1, 1, 0x66, 0, 0]),
    ...section(10, [...size(times), ...Array(times).fill([4, 0, 0x41, 7, 0x0b]).flat()]),
  ]);
}

const { customSections } = WebAssembly.Module as unknown as {
  customSections(module: WebAssembly.Module, name: string): ArrayBuffer[];
};

for (const functions of [1, 127, 128, 1_000]) {
  test(`each of ${functions} functions is to be optimised when it is first called, and runs`, async () => {
    const module = await compileModule(moduleOf(functions));
    const [hints = new ArrayBuffer()] = customSections(module, 'compilationHints');
    const said = [...new Uint8Array(hints)];
    assert.deepEqual(said.slice(-functions), Array(functions).fill(0b10_10_01));
    assert.equal(said.length, functions + (functions < 128 ? 1 : 2));
    assert.equal((new WebAssembly.Instance(module).exports.f as () => number)(), 7);
  });
}

test('what is no module is refused, however it is cut', async () => {
  const whole = moduleOf(3);
  // Cut behind a whole section it may be a module still: behind the header, or the types.
  for (let length = 0; length < whole.length; length++) {
    const part = whole.slice(0, length);
    if (!WebAssembly.validate(part)) await assert.rejects(compileModule(part), WebAssembly.CompileError, `${length}`);
  }
});
