// Which functions reads were refused for, as the ledger has it.
import type { LedgerPool } from '../../ledger/ledger-pool.ts';

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

/**
 * Refused because of functions alone: of what does more, a vetted function would make no read. Most refusals reach the same few
 * sets of functions, so they are counted before anything is joined.
 */
const REFUSED = `
  WITH refusal AS MATERIALIZED (
    SELECT body::jsonb ->> 'unvetted' AS hash, principal, count(*) AS refusals, max(at) AS last FROM entry
    WHERE kind = 'statement_refused' AND target = $1 AND at >= $2 AND body::jsonb ->> 'unvetted' IS NOT NULL
      AND body::jsonb ->> 'code' = 'write_needs_elevation'
      AND (body::jsonb -> 'effects') - '{read,session,transaction}'::text[] = '["dynamic"]'
    GROUP BY 1, 2
  ), reached AS (
    SELECT DISTINCT hash, fn ->> 'signature' AS signature, fn ->> 'body' AS body
    FROM kept, jsonb_array_elements(part::jsonb) AS fn WHERE hash IN (SELECT hash FROM refusal)
  )
  SELECT signature, array_agg(DISTINCT body) AS bodies, sum(refusals) AS count, max(last) AS last,
    count(DISTINCT principal)::int AS principals
  FROM refusal LEFT JOIN reached USING (hash) GROUP BY 1 ORDER BY 3 DESC, 1`;

/** As a login that may read entries. Throws LedgerUnavailable. */
export async function refusedFunctions(pool: LedgerPool, target: string, since: Date): Promise<RefusedFunctions> {
  type Row = Omit<RefusedFunction, 'signature' | 'count'> & { signature: string | null; count: string };
  const rows = await pool.query<Row>(REFUSED, [target, since], ASKING_MS);
  const gone = rows.find(({ signature }) => signature === null);
  return {
    functions: rows.flatMap(({ signature, ...row }) =>
      signature === null ? [] : [{ ...row, signature, count: Number(row.count) }],
    ),
    gone: Number(gone?.count ?? 0),
  };
}
