import { createHash } from 'node:crypto';
import { canonical } from './canonical.ts';
import type { EntryDraft, Recorded } from './entry.ts';

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

/** A draft's fields in canonical JSON, made when it arrives: what cannot be recorded is refused before it is waited for. */
export type Prepared = ReadonlyMap<string, string>;

/** An entry as it is stored: one text and its hash. */
export interface Sealed {
  body: string;
  recorded: Recorded;
}

/** Throws for what has no canonical JSON. */
export function prepare(draft: EntryDraft): Prepared {
  const fields = new Map<string, string>();
  for (const [name, value] of Object.entries(draft)) {
    if (value !== undefined) fields.set(name, canonical(value));
  }
  return fields;
}

export function sizeOf(prepared: Prepared): number {
  let size = 300;
  for (const [name, text] of prepared) size += name.length + text.length;
  return size;
}

export function hashOf(body: string): string {
  return createHash('sha256').update(body, 'utf8').digest('hex');
}

/** hash = SHA-256 of the body's UTF-8, whose `previous_hash` chains it to the entry before. */
export function seal(prepared: Prepared, place: Place): Sealed {
  const fields = new Map(prepared);
  for (const [name, value] of Object.entries(place)) fields.set(name, canonical(value));
  const body = `{${[...fields.keys()]
    .sort()
    .map((name) => `${canonical(name)}:${fields.get(name)}`)
    .join(',')}}`;
  return { body, recorded: { chain: place.chain, seq: place.seq, hash: hashOf(body), at: place.at } };
}
