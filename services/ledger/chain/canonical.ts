import canonicalize from 'canonicalize';

/** What PostgreSQL's jsonb cannot hold: an escaped NUL (not an escaped backslash before the letters u0000). */
const ESCAPED_NUL = /(?<!\\)(?:\\\\)*\\u0000/;
const MAX_CHARACTERS = 16 * 1024 * 1024;

/** The one JSON text of `value` (RFC 8785). Throws for what has none, or what the ledger could not take. */
export function canonical(value: unknown): string {
  const text = textOf(value);
  if (text === undefined) throw new TypeError('Not a JSON value.');
  if (text.length > MAX_CHARACTERS) throw new TypeError(`Too long to record: ${text.length} characters.`);
  if (ESCAPED_NUL.test(text)) throw new TypeError('A text with a NUL character cannot be recorded.');
  return text;
}

/** The same text: columns of executions are thousands of numbers, each of which costs the library several times its writing. */
function textOf(value: unknown): string | undefined {
  if (!isColumns(value)) return canonicalize(value);
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${columnText(value[name])}`).join(',')}}`;
}

const columnText = (column: unknown) => (isPlain(column) ? JSON.stringify(column) : canonicalize(column));

/** Lists by names that need no care. */
function isColumns(value: unknown): value is Record<string, unknown[]> {
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return false;
  return Object.entries(value).every(([name, column]) => /^[a-z_]+$/.test(name) && Array.isArray(column));
}

/** Finite numbers and nulls: JSON.stringify writes them as RFC 8785 has them, and the library asks it to. */
function isPlain(column: unknown): boolean {
  return (
    Array.isArray(column) && !('toJSON' in column) && column.every((item) => item === null || Number.isFinite(item))
  );
}
