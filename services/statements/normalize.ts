// The text with its literals taken out, for the ledger and notices, and a fingerprint that ignores them.
//
// From tokens of our own: libpg-query's `normalize` leaves literals in some utility statements, and costs a second parse.
// What the scanner cannot place ends the text: no literal may slip into a notice (docs/design.md, promise 10).
import { createHash } from 'node:crypto';
import { scan } from './scan.ts';
import { settingValues } from './setting-values.ts';

const SHOWN = 1000;

/** Stands for a literal until they are numbered: no text that is judged holds it. */
const LITERAL = '\0';

/** `normalized` is at most about 1,000 characters; `fingerprint` is 16 hex digits of SHA-256 over the whole. */
export function normalize(sql: string): { normalized: string; fingerprint: string } {
  const key = withoutLiterals(sql);
  const before = known.get(key);
  if (before) return before;
  const fingerprint = createHash('sha256').update(key).digest('hex').slice(0, 16);
  let number = 0;
  // Not in the middle of a character.
  const shown = key.length > SHOWN ? `${key.slice(0, SHOWN).replace(/[\ud800-\udbff]$/, '')} ...` : key;
  const made = { normalized: shown.replaceAll(LITERAL, () => `$${++number}`), fingerprint };
  if (key.length > SHOWN) return made;
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(key, made);
  return made;
}

/** Both follow from the text without its literals, and from nothing else. */
const known = new Map<string, { normalized: string; fingerprint: string }>();
const MOST_KNOWN = 1_000;

/** Lists of literals, however long, are one and `...`. */
function withoutLiterals(sql: string): string {
  const parts: string[] = [];
  const isSettingValue = settingValues();
  let gap = '';
  /** A comma behind a literal, until it is known what comes next. */
  let comma: string | null = null;
  for (const { kind, start, end } of scan(sql)) {
    if (kind === 'blank' || kind === 'comment') {
      if (parts.length > 0) gap = ' ';
      continue;
    }
    const text = kind === 'string' ? '' : sql.slice(start, end);
    const shown = kind === 'word' ? folded(text) : text;
    const set = isSettingValue(kind, shown);
    const literal = set || kind === 'string' || kind === 'number' || kind === 'parameter';
    const token = literal ? LITERAL : shown;
    if (literal && comma !== null) {
      if (parts.at(-1) === LITERAL) parts.push(', ...');
    } else if (comma === null && token === ',' && (parts.at(-1) === LITERAL || parts.at(-1) === ', ...')) {
      comma = `${gap},`;
      gap = '';
      continue;
    } else parts.push(comma ?? '', gap, token);
    comma = null;
    gap = '';
  }
  return parts.join('') + (comma ?? '');
}

/** Keywords and plain names fold as PostgreSQL folds them, so that spelling does not split a fingerprint. */
function folded(word: string): string {
  for (let at = 0; at < word.length; at++) {
    if (word.charCodeAt(at) > 0x7f) return word.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
  }
  return word.toLowerCase();
}
