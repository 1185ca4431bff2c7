// Up to where somebody outside has the record: the last entry of each chain.
import type pg from 'pg';

export type Ends = Map<string, { seq: number; hash: string }>;

const MISSING = `
  SELECT known.chain, known.seq FROM unnest($1::text[], $2::bigint[], $3::text[]) AS known(chain, seq, hash)
  WHERE NOT EXISTS (SELECT FROM entry e WHERE e.chain = known.chain AND e.seq = known.seq AND e.hash = known.hash)
    AND NOT EXISTS (
      SELECT FROM chain_checkpoint p
      WHERE p.chain = known.chain AND (p.seq > known.seq OR (p.seq = known.seq AND p.hash = known.hash))
    )
  ORDER BY 1 LIMIT 1`;

/** In words, which end is not in the ledger with its hash, nor before what was pruned; null when all are. */
export async function endsMissingIn(client: Pick<pg.ClientBase, 'query'>, ends: Ends): Promise<string | null> {
  if (ends.size === 0) return null;
  const values = [...ends.values()];
  const { rows } = await client.query<{ chain: string; seq: string }>(MISSING, [
    [...ends.keys()],
    values.map(({ seq }) => seq),
    values.map(({ hash }) => hash),
  ]);
  const [found] = rows;
  return found
    ? `Entry ${found.seq} of chain ${found.chain} was exported before and is not in this ledger as it was: this is another ledger, or it was altered, or restored from a backup that is older.`
    : null;
}
