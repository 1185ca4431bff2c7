// How a batch reaches the table: one statement for entries alone, a transaction for what has more in it.
import type pg from 'pg';
import type { Item } from './inbox.ts';
import type { Part } from './keeping.ts';
import { FOUND_BY, type Prepared, prepare, type Sealed, seal } from '../chain/seal.ts';

export interface Head {
  seq: number;
  hash: string;
}

/** Entries in their places, and whose they are. */
export interface Batch {
  items: Item[];
  /** Of each item, how many of `sealed` are its. */
  counts: number[];
  sealed: Sealed[];
  parts: Part[];
  /** What `also` gave. */
  value: unknown;
}

/** Parts first by hash, then entries: two replicas that keep the same parts wait for each other, never in a circle. */
const INSERT = `
  WITH parts AS (
    INSERT INTO kept (hash, month, part)
    SELECT hash, month, part FROM unnest($1::text[], $2::date[], $3::text[]) AS p(hash, month, part)
    ORDER BY hash
    ON CONFLICT DO NOTHING
  )
  INSERT INTO entry (at, body, hash, chain, seq, kind, ${FOUND_BY.join(', ')})
  SELECT * FROM unnest($4::timestamptz[], $5::text[], $6::text[], $7::text[], $8::bigint[], $9::text[],
    ${FOUND_BY.map((_, n) => `$${n + 10}::text[]`).join(', ')})`;

/** One entry, as of a session that is alone: without lists it costs its server half. */
const INSERT_ONE = `
  INSERT INTO entry (at, body, hash, chain, seq, kind, ${FOUND_BY.join(', ')})
  VALUES ($1, $2, $3, $4, $5, $6, ${FOUND_BY.map((_, n) => `$${n + 7}`).join(', ')})`;

export async function insert(client: pg.ClientBase, sealed: Sealed[], parts: Part[]): Promise<void> {
  const [only, another] = sealed;
  if (only && !another && parts.length === 0) {
    const { body, recorded, kind, foundBy } = only;
    const { at, hash, chain, seq } = recorded;
    const names = FOUND_BY.map((name) => foundBy[name]);
    await client.query({
      name: 'ledger-insert-one',
      text: INSERT_ONE,
      values: [at, body, hash, chain, seq, kind, ...names],
    });
    return;
  }
  await client.query({
    name: 'ledger-insert',
    text: INSERT,
    values: [
      parts.map(({ hash }) => hash),
      parts.map(({ month }) => month),
      parts.map(({ part }) => part),
      sealed.map(({ recorded }) => recorded.at),
      sealed.map(({ body }) => body),
      sealed.map(({ recorded }) => recorded.hash),
      sealed.map(({ recorded }) => recorded.chain),
      sealed.map(({ recorded }) => recorded.seq),
      sealed.map(({ kind }) => kind),
      ...FOUND_BY.map((name) => sealed.map(({ foundBy }) => foundBy[name])),
    ],
  });
}

/** Gives each draft its place after `head`. A chain's first entry names its predecessor's hash. */
export function place(
  chain: string,
  head: Head,
  of: readonly { item: Item; drafts: readonly Prepared[] }[],
  parts: Part[],
): Batch {
  let { seq, hash } = head;
  const sealed: Sealed[] = [];
  for (const { item, drafts } of of) {
    for (const draft of drafts) {
      const entry = seal(draft, { at: item.at, chain, seq: seq + 1, previous_hash: hash });
      sealed.push(entry);
      seq = entry.recorded.seq;
      hash = entry.recorded.hash;
    }
  }
  return {
    items: of.map(({ item }) => item),
    counts: of.map(({ drafts }) => drafts.length),
    sealed,
    parts,
    value: undefined,
  };
}

/** Drafts that can only be made inside the transaction, such as what they say of other chains. */
export async function draftsOf(item: Item, client: pg.ClientBase): Promise<Prepared[]> {
  return typeof item.drafts === 'function' ? (await item.drafts(client)).map(prepare) : item.drafts;
}

/** Tells each item of a committed batch. */
export function tell(batch: Batch): void {
  let from = 0;
  for (const [index, item] of batch.items.entries()) {
    const to = from + (batch.counts[index] ?? 0);
    item.done(
      batch.sealed.slice(from, to).map(({ recorded }) => recorded),
      batch.value,
    );
    from = to;
  }
}
