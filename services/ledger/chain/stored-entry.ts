// An entry as its row has it. Whoever may insert can insert anything: nothing of a row is believed before it was looked at.
import { canonical } from './canonical.ts';
import { FOUND_BY, foundBy } from './seal.ts';

export interface StoredEntry {
  /** In UTC with microseconds, `2026-11-30T12:34:56.789000Z`; PostgreSQL's own words for what is no time of our calendar. */
  at: string;
  chain: string;
  seq: string;
  kind: string;
  /** In the order of FOUND_BY. */
  names: (string | null)[];
  body: string;
  hash: string;
}

/** What to select of `entry`. As texts: a date of JavaScript's has no microseconds, no infinity and no year 280,000. */
export const STORED_ENTRY = `
  CASE WHEN at >= '0001-01-01 00:00:00+00' AND at < '10000-01-01 00:00:00+00'
    THEN to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') ELSE at::text END AS at,
  chain, seq, kind, ARRAY[${FOUND_BY.join(', ')}] AS names, body, hash`;

/** Fields of an entry, of whatever types they are. */
export type Fields = Record<string, unknown>;

const NOT_CANONICAL = 'its text is JSON, but not as the gateway writes it: readers could see another entry in it';
const OTHER_COLUMNS = 'its columns are not what its text says';

/** What the text says, if it is an entry's text and the columns say the same; else what is wrong, in words. Never throws. */
export function fieldsOf(row: StoredEntry): Fields | string {
  const said = fieldsIn(row.body);
  if (typeof said === 'string') return said;
  const agrees =
    said.chain === row.chain &&
    Number.isSafeInteger(said.seq) &&
    String(said.seq) === row.seq &&
    isAsPlaced(said, row) &&
    FOUND_BY.every((name, index) => foundBy(said)[name] === row.names[index]);
  return agrees ? said : OTHER_COLUMNS;
}

/** Whether the text has the kind and the time by which it was found. */
export function isAsPlaced(said: Fields, { kind, at }: StoredEntry): boolean {
  return (
    said.kind === kind &&
    matches(said.at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) &&
    said.at.replace('Z', '000Z') === at
  );
}

/** What the text says, whatever the columns say; what is wrong with it, in words. Never throws. */
export function fieldsIn(body: string): Fields | string {
  let said: unknown;
  try {
    said = JSON.parse(body);
  } catch {
    return 'its text is not JSON';
  }
  if (!isObject(said) || !isCanonical(said, body)) return NOT_CANONICAL;
  return FOUND_BY.every((name) => isName(said[name])) ? said : OTHER_COLUMNS;
}

export function matches(value: unknown, pattern: RegExp): value is string {
  return typeof value === 'string' && pattern.test(value);
}

export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const isName = (value: unknown): boolean => value === undefined || value === null || typeof value === 'string';

/** There is one text for each entry, so that every parser reads the same in it: no key twice, no escape, blank or form of a number. */
function isCanonical(said: Fields, text: string): boolean {
  try {
    return canonical(said) === text;
  } catch {
    return false;
  }
}
