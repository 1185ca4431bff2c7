// PostgreSQL's own parser on this thread. What may be parsed here is decided by parser.ts.
import { hasSqlDetails, loadModule, parseSync } from 'libpg-query';
import { isTree, list, type TypedNode, unwrap } from './tree.ts';

export interface RawStatement {
  node: TypedNode;
  /** UTF-8 byte offset and length in the whole text; `length` 0 means "to the end". */
  location: number;
  length: number;
}

export type Parsed =
  | { kind: 'parsed'; statements: RawStatement[] }
  /** `position`: 1-based, in characters, as PostgreSQL counts; null when the parser gave none. */
  | { kind: 'syntax_error'; message: string; position: number | null }
  /** The parser itself failed: memory, stack. Its instance must not be used again. */
  | { kind: 'failed'; message: string };

export async function loadParser(): Promise<void> {
  await loadModule();
}

/** Parses a text that layer A accepted. Never throws. */
export function parse(text: string): Parsed {
  if (text.trim() === '') return { kind: 'parsed', statements: [] };
  try {
    return { kind: 'parsed', statements: rawStatements(parseSync(text)) };
  } catch (error) {
    if (!hasSqlDetails(error))
      return { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
    const at = error.sqlDetails?.cursorPosition;
    // libpg-query reports 0 both for the first character and for "nowhere"; a syntax error always has a place.
    return { kind: 'syntax_error', message: error.message, position: at === undefined ? null : at + 1 };
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
