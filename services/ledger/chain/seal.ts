import { createHash } from 'node:crypto';
import { canonical } from './canonical.ts';
import type { EntryDraft, Recorded } from '../entry/entry.ts';

/** Before the first entry of a chain that has no predecessor. */
export const NO_HASH = '0'.repeat(64);

/** What the ledger adds to a draft's fields. */
interface Place {
  at: string;
  chain: string;
  seq: number;
  /** Hash of the entry before this one in the chain; of a chain's first entry, the predecessor's head. */
  previous_hash: string;
}

// No kind may have a field that its place would replace.
type Clash = EntryDraft extends infer D
  ? D extends EntryDraft
    ? Extract<keyof D, keyof Place | 'hash'>
    : never
  : never;
const noClash: [Clash] extends [never] ? true : never = true;
void noClash;

/** The place's names in canonical order, and so what stands before, between and behind them in an entry's text. */
const PLACES = ['at', 'chain', 'previous_hash', 'seq'] as const satisfies (keyof Place)[];

/** Names by which entries are found: the columns beside a text, each the text's own field of that name, cut. */
export const FOUND_BY = ['session', 'principal', 'target', 'elevation', 'statement'] as const;
export type FoundBy = Record<(typeof FOUND_BY)[number], string | null>;
/** Code points that an index takes, so that no text of a client's can make an entry impossible to insert. */
const FOUND_BY_LENGTH = 200;

/** A draft in canonical JSON, made when it arrives: what cannot be recorded is refused before it is waited for. */
export interface Prepared {
  /** Its fields, in order, in five parts: those before `at`, up to `chain`, `previous_hash`, `seq`, and behind it. */
  readonly between: readonly string[];
  readonly kind: string;
  readonly foundBy: FoundBy;
  /** Characters, roughly. */
  readonly size: number;
}

/** An entry as it is stored: one text, its hash, and the columns that it is found by. */
export interface Sealed {
  body: string;
  recorded: Recorded;
  kind: string;
  foundBy: FoundBy;
}

/** Throws for what has no canonical JSON. */
export function prepare(draft: EntryDraft): Prepared {
  const fields = Object.entries(draft).filter(([, value]) => value !== undefined);
  fields.sort(([a], [b]) => (a < b ? -1 : 1));
  const between: string[] = ['', '', '', '', ''];
  let size = 300;
  let part = 0;
  for (const [name, value] of fields) {
    while (name > (PLACES[part] ?? '\uffff')) part++;
    const text = `"${name}":${name === 'forms' && Array.isArray(value) ? formsText(value) : canonical(value)}`;
    size += text.length;
    between[part] = between[part] ? `${between[part]},${text}` : text;
  }
  return { between, kind: draft.kind, foundBy: foundBy(draft), size };
}

/** A statement that runs often is one object in all entries that name it, and never changes: its text is made once. */
const formTexts = new WeakMap<object, string>();

function formsText(forms: readonly object[]): string {
  const texts = forms.map((form) => {
    let text = formTexts.get(form);
    if (text === undefined) {
      text = canonical(form);
      formTexts.set(form, text);
    }
    return text;
  });
  return `[${texts.join(',')}]`;
}

/** hash = SHA-256 of the body's UTF-8, whose `previous_hash` chains it to the entry before. */
export function seal({ between, kind, foundBy }: Prepared, place: Place): Sealed {
  const parts: string[] = [];
  for (const [n, text] of between.entries()) {
    if (text) parts.push(text);
    const name = PLACES[n];
    if (name) parts.push(`"${name}":${JSON.stringify(place[name])}`);
  }
  const body = `{${parts.join(',')}}`;
  return { body, recorded: { chain: place.chain, seq: place.seq, hash: hashOf(body), at: place.at }, kind, foundBy };
}

export function hashOf(body: string): string {
  return createHash('sha256').update(body, 'utf8').digest('hex');
}

/** What the columns beside an entry's text must be. */
export function foundBy(entry: object): FoundBy {
  const fields = entry as Record<string, unknown>;
  return Object.fromEntries(FOUND_BY.map((name) => [name, cut(fields[name])])) as FoundBy;
}

function cut(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  const text = String(value);
  return text.length <= FOUND_BY_LENGTH ? text : [...text].slice(0, FOUND_BY_LENGTH).join('');
}
