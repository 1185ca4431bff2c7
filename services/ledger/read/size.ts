import type { LedgerPool } from '../ledger-pool.ts';

export interface LedgerSize {
  /** Bytes of the whole database: entries, kept parts, tokens, jobs. */
  bytes: number;
  /** Bytes of this month's entries for each day of it so far: how fast it grows. */
  bytesPerDay: number;
  /** Oldest month with entries, `YYYY-MM`; null when there is none. */
  oldestMonth: string | null;
}

const SIZE = `
  SELECT pg_database_size(current_database()) AS bytes,
    coalesce(pg_total_relation_size(to_regclass('entry_' || to_char(now() AT TIME ZONE 'UTC', 'YYYY_MM'))), 0)
      / extract(day FROM now() AT TIME ZONE 'UTC') AS per_day,
    (SELECT to_char(min(at) AT TIME ZONE 'UTC', 'YYYY-MM') FROM entry) AS oldest`;

export async function ledgerSize(pool: LedgerPool): Promise<LedgerSize> {
  const [row] = await pool.query<{ bytes: string; per_day: string; oldest: string | null }>(SIZE);
  return { bytes: Number(row?.bytes), bytesPerDay: Math.round(Number(row?.per_day)), oldestMonth: row?.oldest ?? null };
}

/** A sentence for /readyz from 80 % of the configured size on; null below. */
export function sizeWarning({ bytes, bytesPerDay }: LedgerSize, maxBytes: number): string | null {
  if (bytes < 0.8 * maxBytes) return null;
  const percent = Math.round((100 * bytes) / maxBytes);
  const days = bytesPerDay > 0 ? Math.max(0, Math.floor((maxBytes - bytes) / bytesPerDay)) : null;
  return `The ledger has ${percent} % of its configured size${days === null ? '' : `, full in about ${days} days`}: "sudoqld ledger prune" removes old months.`;
}
