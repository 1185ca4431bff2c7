// What a chain says of others: the predecessor that it names, and the heads that it anchors.
import type pg from 'pg';
import { chainLock, HELD_LOCKS } from '../heartbeat/locks.ts';
import type { EntryDraft } from '../entry/entry.ts';
import type { LedgerPool } from '../ledger-pool.ts';

export interface ChainHead {
  chain: string;
  seq: number;
  hash: string;
}

interface Row {
  chain: string;
  seq: string;
  hash: string;
}
const headOf = (row: Row): ChainHead => ({ chain: row.chain, seq: Number(row.seq), hash: row.hash });

const HEAD = `(
  SELECT seq, hash FROM (
    (SELECT seq, hash FROM entry WHERE chain = c.chain ORDER BY seq DESC LIMIT 1)
    UNION ALL
    (SELECT seq, hash FROM chain_checkpoint WHERE chain = c.chain ORDER BY seq DESC LIMIT 1)
  ) AS heads ORDER BY seq DESC LIMIT 1
)`;

/** The head of the chain that the last process of this replica wrote; else of the youngest chain; null in an empty ledger. */
export async function findPredecessor(client: pg.ClientBase, replica: string): Promise<ChainHead | null> {
  const { rows } = await client.query<Row>(
    `SELECT c.chain, h.seq, h.hash FROM (
       SELECT chain FROM chain ORDER BY (replica = $1) DESC, started_at DESC LIMIT 1
     ) AS c CROSS JOIN LATERAL ${HEAD} AS h`,
    [replica],
  );
  return rows[0] ? headOf(rows[0]) : null;
}

/** Where every chain ends, the youngest first; at most `most`, and how many there are. */
export async function everyHead(
  client: Pick<LedgerPool, 'query'>,
  most: number,
): Promise<{ heads: ChainHead[]; chains: number }> {
  const rows = await client.query<Row & { chains: string }>(
    `SELECT c.chain, h.seq, h.hash, c.chains FROM (
       SELECT chain, started_at, count(*) OVER () AS chains FROM chain ORDER BY started_at DESC LIMIT $1
     ) AS c CROSS JOIN LATERAL ${HEAD} AS h ORDER BY c.started_at DESC, c.chain`,
    [most],
  );
  return { heads: rows.map(headOf), chains: Number(rows[0]?.chains ?? 0) };
}

const MOVED = `
  SELECT c.chain, h.seq, h.hash FROM chain c CROSS JOIN LATERAL ${HEAD} AS h
  WHERE c.chain <> $1 AND ($2 OR c.chain = ANY ($3) OR ${chainLock('c.chain')} IN (${HELD_LOCKS}))
    AND EXISTS (
      SELECT FROM entry e
      WHERE e.chain = c.chain AND e.kind <> 'chain_anchor' AND e.seq > coalesce((
        SELECT max((body::jsonb #>> '{of,seq}')::bigint) FROM entry
        WHERE kind = 'chain_anchor' AND (body::jsonb #>> '{of,chain}') = c.chain
      ), 0)
    )
  ORDER BY c.started_at DESC LIMIT 200`;

const LIVE = `SELECT c.chain FROM chain c WHERE c.chain <> $1 AND ${chainLock('c.chain')} IN (${HELD_LOCKS})`;

/**
 * Anchors for the chains that wrote more than anchors since they were last anchored by anyone: of the live ones and those that lived
 * at the last look; at the first look of all, so that what died unseen gets its end confirmed.
 */
export function makeAnchors(chain: string): (client: pg.ClientBase) => Promise<EntryDraft[]> {
  let lived: string[] | null = null;
  return async (client) => {
    // Who lives is asked first: what dies after this look is looked at once more, and what had died before it wrote its end before.
    const live = await client.query<{ chain: string }>(LIVE, [chain]);
    const moved = await client.query<Row>(MOVED, [chain, lived === null, lived ?? []]);
    lived = live.rows.map((row) => row.chain);
    return moved.rows.map((row) => ({ kind: 'chain_anchor', of: headOf(row) }));
  };
}
