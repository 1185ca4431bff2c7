// What elevations have committed so far, by table.
import { executionsOf, type WritesEntry } from '../entry/executions.ts';
import type { LedgerPool } from '../ledger-pool.ts';

export interface WrittenSoFar {
  statements: number;
  failed: number;
  /** Rows that are committed, by `schema.table`. */
  rows: Record<string, number>;
}

/** As the record has them now; of those that wrote nothing there is none. Throws LedgerUnavailable. */
export async function writtenSoFar(
  pool: Pick<LedgerPool, 'query'>,
  elevations: readonly string[],
): Promise<Map<string, WrittenSoFar>> {
  const found = new Map<string, WrittenSoFar>();
  if (elevations.length === 0) return found;
  const rows = await pool.query<{ elevation: string; body: string }>(
    "SELECT elevation, body FROM entry WHERE elevation = ANY ($1) AND kind = 'writes' ORDER BY at",
    [elevations],
  );
  for (const { elevation, body } of rows) {
    const entry = JSON.parse(body) as WritesEntry;
    const sum = found.get(elevation) ?? { statements: 0, failed: 0, rows: {} };
    found.set(elevation, sum);
    const executions = executionsOf(entry);
    sum.statements += executions.length;
    for (const { result, written } of [...executions, ...entry.ended]) {
      if (result === 'error') sum.failed++;
      for (const [table, n] of Object.entries(written?.rows ?? {})) sum.rows[table] = (sum.rows[table] ?? 0) + n;
    }
  }
  return found;
}
