// Characters as PostgreSQL's scanner sees them. JavaScript's `\s`, `\w`, `trim`, `toLowerCase` and the flags `i` with `u` know
// more blanks and more letters than it does, so that a name would be read as another one, or as none.

/** What the scanner skips. A no-break space, say, is a letter. */
export const BLANKS = ' \\t\\n\\r\\f\\v';

/** A plain name, as part of a pattern: every character above U+007F is a letter. For the flag `u`. */
export const NAME = '[A-Za-z_\\u{80}-\\u{10ffff}][A-Za-z0-9_$\\u{80}-\\u{10ffff}]*';

/** Names fold in ASCII alone (servers whose encoding is of single bytes fold more: see `foldings`). */
export function fold(name: string): string {
  return name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** Each name that a plain word may stand for: a server with an encoding of single bytes folds other letters too, by its locale. */
export function foldings(word: string): string[] {
  const folded = fold(word);
  const wider = word.toLowerCase();
  return wider === folded ? [folded] : [folded, wider];
}

/** Without blanks at its ends. */
export function trimBlanks(text: string): string {
  let end = text.length;
  while (end > 0 && isBlank(text.charCodeAt(end - 1))) end--;
  let from = 0;
  while (from < end && isBlank(text.charCodeAt(from))) from++;
  return text.slice(from, end);
}

function isBlank(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13);
}

const NAME_BYTES = 63;

/** PostgreSQL keeps the first 63 bytes of a name, cut between characters. */
export function cutName(name: string): string {
  if (name.length * 3 <= NAME_BYTES) return name;
  const bytes = Buffer.from(name);
  if (bytes.length <= NAME_BYTES) return name;
  let end = NAME_BYTES;
  // 10xxxxxx: in the middle of a character.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.toString('utf8', 0, end);
}
