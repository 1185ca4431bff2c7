// Where each chain goes on after months were pruned: its last entry of each of them. Rows of the owner's, vouched for by the record.
import type pg from 'pg';
import { canonical } from './canonical.ts';
import { hashOf } from './seal.ts';

export interface Checkpoint {
  chain: string;
  seq: number;
  hash: string;
  /** The pruned month, `YYYY-MM`. */
  month: string;
}

/** In the order of chain and seq. */
export async function readCheckpoints(client: pg.ClientBase): Promise<Checkpoint[]> {
  const { rows } = await client.query<{ chain: string; seq: string; hash: string; month: string }>(
    `SELECT chain, seq, hash, to_char(month, 'YYYY-MM') AS month FROM chain_checkpoint`,
  );
  return rows.map((row) => ({ ...row, seq: Number(row.seq) }));
}

/** What each entry ledger_pruned says of all checkpoints there are then, so that none can be added or changed later. */
export function digestOf(checkpoints: readonly Checkpoint[]): string {
  const sorted = checkpoints
    .map(({ chain, seq, hash, month }) => ({ chain, seq, hash, month }))
    .toSorted((a, b) => (a.chain === b.chain ? a.seq - b.seq : a.chain < b.chain ? -1 : 1));
  return hashOf(canonical(sorted));
}
