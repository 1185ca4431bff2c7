import type { LedgerPool } from '../ledger-pool.ts';

/** What of the ledger's server would lose confirmed entries when its machine fails: a sentence each. No client can set these. */
export async function durabilityProblems(pool: Pick<LedgerPool, 'query'>): Promise<string[]> {
  const rows = await pool.query<{ name: string; value: string }>(
    "SELECT name, setting AS value FROM pg_settings WHERE name IN ('fsync', 'full_page_writes') AND setting = 'off' ORDER BY name",
  );
  return rows.map(
    ({ name }) =>
      `The ledger's server runs with ${name} = off: when its machine fails, entries that were confirmed can be lost.`,
  );
}
