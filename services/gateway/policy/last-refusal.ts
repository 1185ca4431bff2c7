import type { LedgerPool } from '../../ledger/ledger-pool.ts';

const SELECT = `
  SELECT kind, body FROM entry
  WHERE kind IN ('policy_activated', 'policy_refused') AND at > now() - interval '1 day'
  ORDER BY at DESC, seq DESC LIMIT 1`;

/** What became of the last policy that somebody wanted to activate on this ledger, in words; null unless it was refused, within a day. */
export async function lastRefusal(pool: LedgerPool): Promise<string | null> {
  const [row] = await pool.query<{ kind: string; body: string }>(SELECT);
  if (row?.kind !== 'policy_refused') return null;
  // Shown without authentication: who it was is in the record and the notice.
  const { at, problem } = JSON.parse(row.body) as { at: string; problem: string };
  return `the last candidate (${at}) was refused: ${problem}`;
}
