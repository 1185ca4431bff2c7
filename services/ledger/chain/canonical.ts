import canonicalize from 'canonicalize';

/** What PostgreSQL's jsonb cannot hold: an escaped NUL (not an escaped backslash before the letters u0000). */
const ESCAPED_NUL = /(?<!\\)(?:\\\\)*\\u0000/;
const MAX_CHARACTERS = 16 * 1024 * 1024;

/** The one JSON text of `value` (RFC 8785). Throws for what has none, or what the ledger could not take. */
export function canonical(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('Not a JSON value.');
  if (text.length > MAX_CHARACTERS) throw new TypeError(`Too long to record: ${text.length} characters.`);
  if (ESCAPED_NUL.test(text)) throw new TypeError('A text with a NUL character cannot be recorded.');
  return text;
}
