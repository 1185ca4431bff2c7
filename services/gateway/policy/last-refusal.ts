import type { LedgerPool } from '../../ledger/ledger-pool.ts';

const SELECT = `
  SELECT kind, body FROM entry
  WHERE kind IN ('policy_activated', 'policy_refused') AND at > now() - interval '1 day'
  ORDER BY at DESC, seq DESC LIMIT 1`;

interface Refused {
  at: string;
  revision: string | null;
  problem: string;
}

async function last(pool: LedgerPool): Promise<Refused | null> {
  const [row] = await pool.query<{ kind: string; body: string }>(SELECT);
  return row?.kind === 'policy_refused' ? (JSON.parse(row.body) as Refused) : null;
}

/** Whether the last that became of any policy is that this one was refused for this. */
export async function wasRefusedLast(pool: LedgerPool, problem: string, revision: string | null): Promise<boolean> {
  const refused = await last(pool);
  return refused?.problem === problem && refused.revision === revision;
}

/** What became of the last policy that somebody wanted to activate on this ledger, in words; null unless it was refused, within a day. */
export async function lastRefusal(pool: LedgerPool): Promise<string | null> {
  const refused = await last(pool);
  // Shown without authentication: who it was is in the record and the notice.
  return refused && `the last candidate (${refused.at}) was refused: ${refused.problem}`;
}
