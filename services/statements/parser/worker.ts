// A thread that parses what may take long. It is ended from outside when it takes too long.
import { parentPort } from 'node:worker_threads';
import { normalize } from '../normalize.ts';
import type { ReadableText } from '../text.ts';
import { compact } from './compact.ts';
import { cutter } from './cut.ts';
import { makeParserInstance, type ParserInstance } from './instance.ts';
import { type Parsed, parseWith } from './parse.ts';

export interface ParseRequest {
  readable: ReadableText;
  nodes: number;
  depth: number;
  /** No parameter stands for another. */
  numbered: boolean;
}

export interface ParseAnswer {
  /** A Parsed as JSON; empty when it says that it is ready. */
  parsed: string;
  /** What the thread has used of the processor so far, in ms. */
  cpuMs: number;
}

const port = parentPort;
if (port) {
  const instance = await makeParserInstance();
  const send = (parsed: string) => port.postMessage({ parsed, cpuMs: cpuMs() } satisfies ParseAnswer);
  port.on('message', (request: ParseRequest) => send(answer(instance, request)));
  send('');
}

/** A Parsed as JSON: a deep tree can be read back from that, where a structured clone of it overflows the reader's stack. */
function answer(instance: ParserInstance, { readable, nodes, depth, numbered }: ParseRequest): string {
  let parsed = parseWith(instance, readable.text);
  if (parsed.kind === 'parsed') {
    const size = compact(parsed.statements, nodes, numbered);
    const { alike, repeated } = size;
    if (size.nodes > nodes) parsed = { kind: 'too_large', message: tooManyParts(nodes) };
    else if (size.depth > depth) parsed = { kind: 'too_deep', spent: false };
    else {
      const cut = cutter(readable);
      for (const raw of parsed.statements) raw.words = normalize(cut(raw));
      if (alike.length > 0) parsed = { ...parsed, parameters: { alike, repeated } };
    }
  }
  try {
    return JSON.stringify(parsed satisfies Parsed);
  } catch {
    return JSON.stringify({ kind: 'too_deep', spent: false } satisfies Parsed);
  }
}

const tooManyParts = (most: number) =>
  `statement has too many parts to be judged: more than ${most}, where rows and list items of one shape count once`;

function cpuMs(): number {
  if (typeof process.threadCpuUsage !== 'function') return 0;
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
