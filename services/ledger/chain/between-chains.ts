// What chains say of each other: predecessors and anchors must be there, unless they were pruned; and no chain may be gone.
import type pg from 'pg';
import type { Problem } from './chain-walk.ts';
import type { Head } from '../entry/entry-shape.ts';
import type { Fields } from './stored-entry.ts';

const SAID = `
  SELECT of.chain, of.seq, e.at::text AS at,
    CASE WHEN e.hash IS NULL THEN 'it is missing, but was ' ELSE 'it is not the entry that was ' END
      || of.how || ' by entry ' || of.by_seq || ' of chain ' || of.by_chain AS what
  FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::bigint[])
    AS of(chain, seq, hash, how, by_chain, by_seq)
  LEFT JOIN LATERAL (
    SELECT at, hash FROM entry WHERE chain = of.chain AND seq = of.seq ORDER BY (hash = of.hash) DESC LIMIT 1
  ) AS e ON true
  WHERE e.hash IS DISTINCT FROM of.hash
    AND NOT EXISTS (
      SELECT FROM chain_checkpoint p
      WHERE p.chain = of.chain AND (p.seq > of.seq OR (p.seq = of.seq AND p.hash = of.hash))
    )`;

/** What the entries of one chain or several say of others, held against those. Of the right shapes. */
export async function saidOfChains(client: pg.ClientBase, entries: readonly Fields[]): Promise<Problem[]> {
  const said = entries.flatMap((entry): [Head, string, Fields][] => {
    if (entry.kind === 'chain_anchor') return [[entry.of as Head, 'anchored', entry]];
    if (entry.kind !== 'gateway_started' || entry.predecessor === null) return [];
    return [[entry.predecessor as Head, 'named as predecessor', entry]];
  });
  if (said.length === 0) return [];
  return problemsOf(client, SAID, [
    said.map(([{ chain }]) => chain),
    said.map(([{ seq }]) => seq),
    said.map(([{ hash }]) => hash),
    said.map(([, how]) => how),
    said.map(([, , { chain }]) => chain),
    said.map(([, , { seq }]) => seq),
  ]);
}

const BEGUN = `
  SELECT b.chain, 1 AS seq, NULL AS at,
    CASE WHEN c.chain IS NULL THEN 'no gateway process began this chain'
      ELSE 'its process is another than the one that the table of chains names' END AS what
  FROM unnest($1::text[], $2::text[]) AS b(chain, replica) LEFT JOIN chain c ON c.chain = b.chain
  WHERE c.replica IS DISTINCT FROM b.replica`;

/** The first entries of chains, held against the rows that their processes made. */
export async function begunChains(client: pg.ClientBase, entries: readonly Fields[]): Promise<Problem[]> {
  const begun = entries.filter(({ kind, seq }) => kind === 'gateway_started' && seq === 1);
  if (begun.length === 0) return [];
  return problemsOf(client, BEGUN, [begun.map(({ chain }) => chain), begun.map(({ replica }) => replica)]);
}

const GONE = `
  SELECT c.chain, NULL AS seq, NULL AS at, 'the whole chain is missing' AS what FROM chain c
  WHERE NOT EXISTS (SELECT FROM entry e WHERE e.chain = c.chain)
    AND NOT EXISTS (SELECT FROM chain_checkpoint p WHERE p.chain = c.chain)
  LIMIT $1`;

/** Chains that processes began and of which nothing is there. */
export function goneChains(client: pg.ClientBase, most: number): Promise<Problem[]> {
  return problemsOf(client, GONE, [most]);
}

async function problemsOf(client: pg.ClientBase, text: string, values: unknown[]): Promise<Problem[]> {
  const { rows } = await client.query<Omit<Problem, 'seq'> & { seq: string | null }>(text, values);
  return rows.map(({ seq, ...row }) => ({ ...row, seq: seq === null ? null : Number(seq) }));
}
