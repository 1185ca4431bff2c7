// Which functions reads were refused for, as the ledger has it.
import type { LedgerPool } from '../ledger/ledger-pool.ts';

export interface RefusedFunction {
  signature: string;
  /** As they were when reads were refused; another one has come since if none is today's. */
  bodies: string[];
  /** Refused statements that reached it. */
  count: number;
  last: Date;
  principals: number;
}

export interface RefusedFunctions {
  functions: RefusedFunction[];
  /** Refusals whose functions are not kept any more. */
  gone: number;
}

const ASKING_MS = 60_000;

/** Refused because of functions alone: of what does more, a vetted function would make no read. */
const REFUSALS = `
  SELECT chain, seq, at, principal, body::jsonb ->> 'unvetted' AS unvetted FROM entry
  WHERE kind = 'statement_refused' AND target = $1 AND at >= $2 AND body::jsonb ->> 'unvetted' IS NOT NULL
    AND body::jsonb ->> 'code' = 'write_needs_elevation'
    AND (body::jsonb -> 'effects') - '{read,session,transaction}'::text[] = '["dynamic"]'`;

/** As a login that may read entries. Throws LedgerUnavailable. */
export async function refusedFunctions(pool: LedgerPool, target: string, since: Date): Promise<RefusedFunctions> {
  const functions = await pool.query<Omit<RefusedFunction, 'count'> & { count: string }>(
    `WITH refusal AS (${REFUSALS}), part AS MATERIALIZED (
       SELECT DISTINCT ON (hash) hash, part FROM kept WHERE hash IN (SELECT unvetted FROM refusal)
     )
     SELECT fn ->> 'signature' AS signature, array_agg(DISTINCT fn ->> 'body') AS bodies,
       count(DISTINCT (chain, seq)) AS count, max(at) AS last, count(DISTINCT principal)::int AS principals
     FROM refusal JOIN part ON part.hash = refusal.unvetted, jsonb_array_elements(part.part::jsonb) AS fn
     GROUP BY 1 ORDER BY 3 DESC, 1`,
    [target, since],
    ASKING_MS,
  );
  const [gone] = await pool.query<{ count: string }>(
    `WITH refusal AS (${REFUSALS})
     SELECT count(*) AS count FROM refusal WHERE NOT EXISTS (SELECT FROM kept WHERE hash = unvetted)`,
    [target, since],
    ASKING_MS,
  );
  return {
    functions: functions.map((row) => ({ ...row, count: Number(row.count) })),
    gone: Number(gone?.count ?? 0),
  };
}
