// Layer B: cheap texts are parsed on this thread, others on threads with a deadline, by turns of those who sent them. What
// failed or is old is replaced.
import type { ReadableText } from '../text.ts';
import { makeParserInstance, type ParserInstance } from './instance.ts';
import { isSpent, type Parsed, parseWith } from './parse.ts';
import { type ParsingThread, startParsingThread } from './parsing-thread.ts';
import { makeTurns } from './turns.ts';

export interface Parser {
  /**
   * Never throws and never rejects. `whose`: principals have their turns, however much another one sends. `numbered`: in a list no
   * parameter stands for others.
   */
  parse(readable: ReadableText, whose?: string, numbered?: boolean): Parsed | Promise<Parsed>;
  /** For metrics: instances and workers thrown away because they failed or took too long. */
  readonly replaced: number;
  close(): Promise<void>;
}

export interface ParserOptions {
  /** Milliseconds of the processor that one text may take. */
  deadlineMs?: number;
  /** Milliseconds after which a text is given up all the same: the host has no processor for it. */
  hardEndMs?: number;
  /** Texts of one principal that wait; more are refused. */
  waiting?: number;
  /** Parts of a tree that is given back, after long lists were cut down. */
  nodes?: number;
  depth?: number;
  /** Texts after which an instance is replaced: its memory only grows. */
  uses?: number;
  /** A principal has one of them at most: what one sends never keeps another waiting for more than one text of somebody's. */
  threads?: number;
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

interface Waiting {
  readable: ReadableText;
  numbered: boolean;
  done(parsed: Parsed): void;
}

/** Resolves when the first instance is ready. */
export async function makeParser(options: ParserOptions = {}): Promise<Parser> {
  const {
    deadlineMs = 2_000,
    hardEndMs = 60_000,
    waiting = 64,
    nodes = 40_000,
    depth = 3_000,
    uses = 100_000,
    threads: most = 2,
  } = options;
  let instance: ParserInstance | null = await makeParserInstance();
  let used = 0;
  let replaced = 0;
  let closed = false;
  const turns = makeTurns<Waiting>();
  const served = new Set<string>();
  const threads = new Set<ParsingThread>();
  for (let n = 0; n < most; n++) startThread();

  function startThread(): void {
    const thread = startParsingThread(
      { deadlineMs, hardEndMs, uses: uses / 100 },
      {
        onFree: next,
        onEnd(why) {
          if (closed) return;
          threads.delete(thread);
          if (why === 'failed') replaced++;
          startThread();
        },
      },
    );
    threads.add(thread);
  }

  function next(): void {
    for (const thread of threads) {
      if (closed || !thread.free) continue;
      const turn = turns.take((whose) => !served.has(whose));
      if (!turn) return;
      const { whose, item } = turn;
      served.add(whose);
      void thread.parse({ readable: item.readable, nodes, depth, numbered: item.numbered }).then((parsed) => {
        served.delete(whose);
        item.done(parsed);
        next();
      });
    }
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

  function elsewhere(readable: ReadableText, whose: string, numbered: boolean): Promise<Parsed> {
    if (closed) return Promise.resolve(CLOSED);
    if (turns.waiting(whose) >= waiting) {
      return Promise.resolve({
        kind: 'too_large',
        message: `more than ${waiting} large statements of yours wait to be judged`,
      });
    }
    return new Promise((done) => {
      turns.add(whose, { readable, numbered, done });
      next();
    });
  }

  return {
    parse(readable, whose = '', numbered = false) {
      if (!instance || !isCheap(readable)) return elsewhere(readable, whose, numbered);
      const parsed = parseWith(instance, readable.text);
      if (isSpent(parsed)) {
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
      for (const { done } of turns.clear()) done(CLOSED);
      await Promise.all([...threads].map((thread) => thread.end()));
    },
  };
}

const CLOSED: Parsed = { kind: 'failed', message: 'it is closed' };
