// Layer B: cheap texts are parsed on this thread, others on a worker with a deadline. What failed or is old is replaced.
import { Worker } from 'node:worker_threads';
import type { ReadableText } from '../text.ts';
import { makeParserInstance, type ParserInstance } from './instance.ts';
import { type Parsed, parseWith } from './parse.ts';
import type { ParseRequest } from './worker.ts';

export interface Parser {
  /** Never throws and never rejects. */
  parse(readable: ReadableText): Parsed | Promise<Parsed>;
  /** For metrics: instances and workers thrown away because they failed or took too long. */
  readonly replaced: number;
  close(): Promise<void>;
}

export interface ParserOptions {
  /** Milliseconds that a worker may take for one text. */
  deadlineMs?: number;
  /** Texts that wait for the worker; more are refused. */
  waiting?: number;
  /** Parts of a tree that is given back, after long lists were cut down. */
  nodes?: number;
  depth?: number;
  /** Texts after which an instance is replaced: its memory only grows. */
  uses?: number;
}

const CHEAP_BYTES = 4 * 1024;
/** Each can nest a tree one level deeper. */
const CHEAP_OPERATORS = 500;

/** Worst case measured for such a text: under 15 ms. */
export function isCheap({ text, bytes }: ReadableText): boolean {
  if (bytes > CHEAP_BYTES) return false;
  if (bytes <= CHEAP_OPERATORS) return true;
  let operators = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    // ! # % & * + - / : < = > ? @ [ ^ ` | ~ and (
    if ((code < 48 && code !== 32 && code !== 39 && code !== 34 && code !== 44 && code > 32) || OPERATORS.has(code)) {
      if (++operators > CHEAP_OPERATORS) return false;
    }
  }
  return true;
}

const OPERATORS = new Set([...':<=>?@[^`|~'].map((character) => character.charCodeAt(0)));

const spent = (parsed: Parsed) => parsed.kind === 'failed' || (parsed.kind === 'too_deep' && parsed.spent);

interface Waiting {
  request: ParseRequest;
  done(parsed: Parsed): void;
}

/** Resolves when the first instance is ready. */
export async function makeParser(options: ParserOptions = {}): Promise<Parser> {
  const { deadlineMs = 2_000, waiting = 64, nodes = 40_000, depth = 3_000, uses = 100_000 } = options;
  let instance: ParserInstance | null = await makeParserInstance();
  let used = 0;
  let replaced = 0;
  let closed = false;
  const queue: Waiting[] = [];
  let running: (Waiting & { clock: NodeJS.Timeout }) | null = null;
  let workerUses = 0;
  let worker = startWorker();
  let spare = startWorker();

  function startWorker(): { thread: Worker; ready: boolean } {
    const thread = new Worker(new URL('./worker.ts', import.meta.url), {
      stdout: false,
      resourceLimits: { maxOldGenerationSizeMb: 256, stackSizeMb: 4 },
    });
    const started = { thread, ready: false };
    thread.unref();
    thread.on('message', (message: unknown) => {
      if (message === 'ready') {
        started.ready = true;
        next();
      } else if (started === worker && running) settle(JSON.parse(String(message)) as Parsed);
    });
    thread.on('messageerror', () => lost(started));
    // Out of memory, or ended by us: whatever it was doing has no answer.
    thread.on('error', () => lost(started));
    thread.on('exit', () => lost(started));
    return started;
  }

  function lost(which: { thread: Worker }): void {
    if (closed) return;
    if (which === worker) {
      replaced++;
      takeSpare();
      answer({ kind: 'failed', message: 'it ran out of memory' });
    } else if (which === spare) spare = startWorker();
  }

  function takeSpare(): void {
    const old = worker;
    worker = spare;
    spare = startWorker();
    workerUses = 0;
    void old.thread.terminate();
  }

  function settle(parsed: Parsed): void {
    // Memory grows with the text, and is never given back.
    workerUses += 1 + (running?.request.readable.bytes ?? 0) / 8192;
    if (spent(parsed)) {
      replaced++;
      takeSpare();
    } else if (workerUses >= uses / 100) takeSpare();
    answer(parsed);
  }

  function answer(parsed: Parsed): void {
    const done = running;
    running = null;
    if (done) {
      clearTimeout(done.clock);
      done.done(parsed);
    }
    next();
  }

  function next(): void {
    if (running || closed || !worker.ready) return;
    const first = queue.shift();
    if (!first) return;
    const clock = setTimeout(() => {
      replaced++;
      takeSpare();
      answer({ kind: 'failed', message: `it did not finish within ${deadlineMs} ms` });
    }, deadlineMs);
    running = { ...first, clock };
    worker.thread.postMessage(first.request);
  }

  function replaceInstance(): void {
    instance = null;
    used = 0;
    makeParserInstance().then(
      (made) => {
        instance = made;
      },
      () => undefined,
    );
  }

  function elsewhere(readable: ReadableText): Promise<Parsed> {
    if (closed) return Promise.resolve({ kind: 'failed', message: 'it is closed' });
    if (queue.length >= waiting) {
      return Promise.resolve({ kind: 'too_large', message: 'too many large statements wait to be judged' });
    }
    return new Promise((done) => {
      queue.push({ request: { readable, nodes, depth }, done });
      next();
    });
  }

  return {
    parse(readable) {
      if (!instance || !isCheap(readable)) return elsewhere(readable);
      const parsed = parseWith(instance, readable.text);
      if (spent(parsed)) {
        replaced++;
        replaceInstance();
      } else if (++used >= uses) replaceInstance();
      return parsed;
    },
    get replaced() {
      return replaced;
    },
    async close() {
      closed = true;
      for (const { done } of queue.splice(0)) done({ kind: 'failed', message: 'it is closed' });
      answer({ kind: 'failed', message: 'it is closed' });
      await Promise.all([worker.thread.terminate(), spare.thread.terminate()]);
    },
  };
}
