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
  lengthBytesUTF8(text: string): number;
  stringToUTF8(text: string, pointer: number, bytes: number): void;
  UTF8ToString(pointer: number): string;
  getValue(pointer: number, type: 'i32'): number;
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
  return {
    parse(text) {
      const bytes = wasm.lengthBytesUTF8(text) + 1;
      const pointer = wasm._malloc(bytes);
      let result = 0;
      try {
        wasm.stringToUTF8(text, pointer, bytes);
        result = wasm._wasm_parse_query_raw(pointer);
        if (result === 0) throw new Error('the parser gave no result');
        const [tree = 0, , failure = 0] = [0, 4, 8].map((offset) => wasm.getValue(result + offset, 'i32'));
        if (failure !== 0) {
          const [message = 0, , , , at = 0] = [0, 4, 8, 12, 16].map((offset) => wasm.getValue(failure + offset, 'i32'));
          throw new ParserSyntaxError(wasm.UTF8ToString(message), at > 0 ? at : null);
        }
        if (tree === 0) throw new Error('the parser gave no tree');
        return JSON.parse(wasm.UTF8ToString(tree)) as unknown;
      } finally {
        wasm._free(pointer);
        if (result !== 0) wasm._wasm_free_parse_result(result);
      }
    },
  };
}
