// A text → its statements, as values: never throws.
import { trimBlanks } from '../sql-characters.ts';
import { isTree, list, type TypedNode, unwrap } from '../tree.ts';
import { withContinuedStrings } from './continued-strings.ts';
import type { Compacted } from './compact.ts';
import { type ParserInstance, ParserSyntaxError } from './instance.ts';

export interface RawStatement {
  node: TypedNode;
  /** UTF-8 byte offset and length in the whole text; `length` 0 means "to the end". */
  location: number;
  length: number;
  /** Its text without literals, and the fingerprint, where the worker made them. */
  words?: { normalized: string; fingerprint: string };
}

export type Parsed =
  | {
      kind: 'parsed';
      statements: RawStatement[];
      /** What was taken for granted when lists were cut down: see compact.ts. */
      parameters?: Pick<Compacted, 'alike' | 'repeated'>;
    }
  /** `position`: 1-based, in characters, as PostgreSQL counts; null when the parser gave none. */
  | { kind: 'syntax_error'; message: string; position: number | null }
  /** More than may be looked at. */
  | { kind: 'too_large'; message: string }
  /** Nested more deeply than may be followed; after `spent` its instance must not be used again. */
  | { kind: 'too_deep'; spent: boolean }
  /** The parser itself failed: memory, stack, time. Its instance must not be used again. */
  | { kind: 'failed'; message: string };

/** Messages by which PostgreSQL's parser says that it ran out of something: what it left behind is not to be trusted. */
const EXHAUSTED = /^(out of memory|invalid memory alloc)/i;
const DEEP = /^(stack depth limit exceeded|memory exhausted|Maximum call stack)/i;

/** Parses a text that layer A accepted. */
export function parseWith(instance: ParserInstance, text: string): Parsed {
  if (trimBlanks(text) === '') return { kind: 'parsed', statements: [] };
  try {
    return { kind: 'parsed', statements: rawStatements(instance.parse(withContinuedStrings(text))) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    // PostgreSQL's words for its own stack, for its grammar's, and JavaScript's for the one of both.
    if (error instanceof RangeError || DEEP.test(message)) return { kind: 'too_deep', spent: true };
    return error instanceof ParserSyntaxError && !EXHAUSTED.test(message)
      ? { kind: 'syntax_error', message, position: error.position }
      : { kind: 'failed', message };
  }
}

function rawStatements(tree: unknown): RawStatement[] {
  if (!isTree(tree)) throw new Error('the parser returned no tree');
  return list(tree.stmts).map((raw) => {
    const node = isTree(raw) ? unwrap(raw.stmt) : null;
    if (!isTree(raw) || !node) throw new Error('the parser returned a statement without a node');
    return { node, location: Number(raw.stmt_location ?? 0), length: Number(raw.stmt_len ?? 0) };
  });
}

/** Whether what parsed it must not be used again. */
export function isSpent(parsed: Parsed): boolean {
  return parsed.kind === 'failed' || (parsed.kind === 'too_deep' && parsed.spent);
}
