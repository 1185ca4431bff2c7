// The only place that touches node:wasi. It is no sandbox: the module gets no directory, no environment and no
// arguments; its memory has a maximum written into the artefact; the host ends this thread at a deadline.
import { WASI } from 'node:wasi';
import { parentPort } from 'node:worker_threads';
import { CALENDAR } from '../calendar.ts';
import { unpacked } from './artefact.ts';
import { instantiate, optimiseAgain } from './wasm-flags.ts';

interface Exports {
  memory: WebAssembly.Memory;
  alloc(length: number): number;
  run(address: number, length: number): bigint;
  release(address: number): void;
}

const port = parentPort;
if (!port) throw new Error('compiler-worker.ts runs as a worker thread.');

let lastWords = '';

async function load(): Promise<Exports> {
  const bytes = await unpacked();
  const wasi = new WASI({ version: 'preview1', args: [], env: {}, preopens: {} });
  const imports = wasi.getImportObject() as Record<string, Record<string, unknown>>;
  const holder: { memory?: WebAssembly.Memory } = {};
  const text = (address: number, length: number) =>
    Buffer.from(new Uint8Array(holder.memory?.buffer ?? new ArrayBuffer(0), address >>> 0, length >>> 0)).toString();
  const instance = await instantiate(bytes, {
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
  } as WebAssembly.Imports);
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
    optimiseAgain();
  }
});
