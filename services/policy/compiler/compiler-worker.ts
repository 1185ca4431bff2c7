// The only place that touches node:wasi. It is no sandbox: the module gets no directory, no environment and no
// arguments; its memory has a maximum written into the artefact; the host ends this thread at a deadline.
import { setFlagsFromString } from 'node:v8';
import { WASI } from 'node:wasi';
import { parentPort } from 'node:worker_threads';
import { CALENDAR } from '../calendar.ts';
import { unpacked } from './artefact.ts';

interface Exports {
  memory: WebAssembly.Memory;
  alloc(length: number): number;
  run(address: number, length: number): bigint;
  release(address: number): void;
}

const port = parentPort;
if (!port) throw new Error('compiler-worker.ts runs as a worker thread.');

/**
 * Optimising 40 MB of Go for the second that it runs would take two seconds of CPU. V8 reads the budget when a module is compiled, so that
 * later modules, the policy's own above all, are optimised as usual. The forty functions that use it up all the same cost the first
 * request, which mostly is the only one, half a second more than they save it.
 */
const HARDLY_OPTIMISE = '--wasm-tiering-budget=2000000000';
const V8_DEFAULT = '--wasm-tiering-budget=13000000';
const OPTIMISE_NONE = '--wasm-tier-up-filter=0';
const OPTIMISE_THOSE = '--wasm-tier-up-filter=-1';

/** Of it all a request runs six MB, and they are those of the hash: each function is validated when it is first called, not all at once. */
const VALIDATE_WHEN_CALLED = '--wasm-lazy-validation';
const VALIDATE_AT_ONCE = '--no-wasm-lazy-validation';

let lastWords = '';

async function load(): Promise<Exports> {
  const bytes = await unpacked();
  const wasi = new WASI({ version: 'preview1', args: [], env: {}, preopens: {} });
  const imports = wasi.getImportObject() as Record<string, Record<string, unknown>>;
  const holder: { memory?: WebAssembly.Memory } = {};
  const text = (address: number, length: number) =>
    Buffer.from(new Uint8Array(holder.memory?.buffer ?? new ArrayBuffer(0), address >>> 0, length >>> 0)).toString();
  setFlagsFromString(HARDLY_OPTIMISE);
  setFlagsFromString(OPTIMISE_NONE);
  setFlagsFromString(VALIDATE_WHEN_CALLED);
  const module = await WebAssembly.compile(bytes).finally(() => setFlagsFromString(VALIDATE_AT_ONCE));
  const instance = await WebAssembly.instantiate(module, {
    ...imports,
    // Go writes only when it dies; that text belongs into our error, not on the gateway's standard error.
    wasi_snapshot_preview1: {
      ...imports.wasi_snapshot_preview1,
      fd_write: (_fd: number, vectors: number, count: number, written: number) => {
        const view = new DataView((holder.memory as WebAssembly.Memory).buffer);
        let total = 0;
        for (let i = 0; i < count; i++) {
          const at = (vectors >>> 0) + 8 * i;
          const length = view.getUint32(at + 4, true);
          lastWords = (lastWords + text(view.getUint32(at, true), length)).slice(0, 500);
          total += length;
        }
        view.setUint32(written >>> 0, total, true);
        return 0;
      },
    },
    sudoql: {
      progress: (address: number, length: number) => port?.postMessage({ progress: text(address, length) }),
      calendar: (address: number, length: number, out: number, room: number) => {
        const [name, when] = JSON.parse(text(address, length)) as [string, unknown];
        const answer = CALENDAR[name]?.(when);
        const json = Buffer.from(JSON.stringify(answer) ?? '');
        if (json.length === 0 || json.length > room) return -1;
        new Uint8Array((holder.memory as WebAssembly.Memory).buffer, out >>> 0, json.length).set(json);
        return json.length;
      },
    },
  } as WebAssembly.Imports).finally(() => setFlagsFromString(V8_DEFAULT));
  const exports = instance.exports as unknown as Exports;
  holder.memory = exports.memory;
  wasi.initialize(instance);
  return exports;
}

const loading = load();
loading.catch(() => undefined);

port.on('message', async ({ id, request }: { id: number; request: string }) => {
  try {
    const exports = await loading;
    const bytes = Buffer.from(request);
    const address = exports.alloc(bytes.length) >>> 0;
    new Uint8Array(exports.memory.buffer, address, bytes.length).set(bytes);
    const packed = BigInt.asUintN(64, exports.run(address, bytes.length));
    const at = Number(packed >> 32n);
    const answer = Buffer.from(new Uint8Array(exports.memory.buffer, at, Number(packed & 0xffffffffn))).toString();
    exports.release(at);
    port.postMessage({ id, answer, bytes: exports.memory.buffer.byteLength });
  } catch (error) {
    const why = lastWords.split('\n')[0] || String(error instanceof Error ? error.message : error);
    port.postMessage({ id, fault: /out of memory/.test(lastWords) ? 'out of memory' : why });
  } finally {
    setFlagsFromString(OPTIMISE_THOSE);
  }
});
