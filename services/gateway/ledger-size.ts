import type { LedgerPool } from '../ledger/ledger-pool.ts';

/** Bytes of the ledger's database. */
export async function ledgerSize(pool: LedgerPool): Promise<number> {
  const [row] = await pool.query<{ bytes: string }>('SELECT pg_database_size(current_database()) AS bytes');
  return Number(row?.bytes);
}
