import type { LedgerPool } from '../../ledger/ledger-pool.ts';

/** The revision that the record says was activated last, by any gateway; null when none was. */
export async function lastActivation(pool: LedgerPool): Promise<string | null> {
  const [row] = await pool.query<{ revision: string }>(
    "SELECT body::jsonb ->> 'revision' AS revision FROM entry WHERE kind = 'policy_activated' ORDER BY at DESC, seq DESC LIMIT 1",
  );
  return row?.revision ?? null;
}
