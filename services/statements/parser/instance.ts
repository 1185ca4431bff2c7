// One instance of PostgreSQL's parser (libpg-query, WebAssembly), to be thrown away when it failed.
//
// The package itself keeps a single instance for ever, and about 30 texts of 40 kB with 20,000 terms corrupt it for good.
// So its module is instantiated here, and its result read as its own index.js does.
import { setFlagsFromString } from 'node:v8';

/** What libpg-query's compiled module offers, as far as it is used. */
interface Wasm {
  _malloc(bytes: number): number;
  _free(pointer: number): void;
  _wasm_parse_query_raw(text: number): number;
  _wasm_free_parse_result(result: number): void;
  /** Of its memory now: another one once that has grown. */
  readonly HEAPU8: Uint8Array<ArrayBuffer>;
}

export interface ParserInstance {
  /** The raw parse tree. Throws ParserSyntaxError for a text that is not PostgreSQL's grammar, anything else when it failed. */
  parse(text: string): unknown;
}

/** PostgreSQL's own complaint. `position`: 1-based, in characters; null when it gave none. */
export class ParserSyntaxError extends Error {
  readonly position: number | null;

  constructor(message: string, position: number | null) {
    super(message);
    this.position = position;
  }
}

/**
 * V8's optimising compiler takes 550 MB and half a second of CPU for this module after its first parses, to make a parse of
 * 20 µs a third faster. Both flags are needed, and are asked when a function is hot, so they stay as they are and hold for
 * the whole process. A policy, which is WebAssembly too, says of itself what it needs: policy/compiler/compile-module.ts.
 */
const NEVER_OPTIMISE = ['--no-wasm-tier-up', '--no-wasm-dynamic-tiering'];

let loading: Promise<unknown> = Promise.resolve();

/** A fresh instance; about 50 ms, most of it on another thread. */
export function makeParserInstance(): Promise<ParserInstance> {
  const made = loading.then(async () => {
    const url = new URL('libpg-query.js', import.meta.resolve('libpg-query'));
    const loaded: { default(): Promise<Wasm> } = await import(url.href);
    for (const flag of NEVER_OPTIMISE) setFlagsFromString(flag);
    return fromWasm(await loaded.default());
  });
  loading = made.catch(() => undefined);
  return made;
}

function fromWasm(wasm: Wasm): ParserInstance {
  let memory = Buffer.alloc(0);
  /** As Node's own bytes: its texts go in and out in a quarter of the time that the module's loops over them take. */
  const heap = (): Buffer => {
    if (memory.buffer !== wasm.HEAPU8.buffer) memory = Buffer.from(wasm.HEAPU8.buffer);
    return memory;
  };
  const number = (at: number) => heap().readInt32LE(at);
  const text = (from: number) => (from === 0 ? '' : heap().toString('utf8', from, heap().indexOf(0, from)));
  return {
    parse(sql) {
      const bytes = Buffer.byteLength(sql);
      const pointer = wasm._malloc(bytes + 1);
      if (pointer === 0) throw new Error('out of memory');
      let result = 0;
      try {
        heap().write(sql, pointer, bytes);
        heap()[pointer + bytes] = 0;
        result = wasm._wasm_parse_query_raw(pointer);
        if (result === 0) throw new Error('the parser gave no result');
        const [tree, failure] = [number(result), number(result + 8)];
        if (failure !== 0) {
          const at = number(failure + 16);
          throw new ParserSyntaxError(text(number(failure)), at > 0 ? at : null);
        }
        if (tree === 0) throw new Error('the parser gave no tree');
        return JSON.parse(text(tree)) as unknown;
      } finally {
        wasm._free(pointer);
        if (result !== 0) wasm._wasm_free_parse_result(result);
      }
    },
  };
}
