// Statements whose intent is in the record and whose outcome never came, though their session is over. There should be none.
import type pg from 'pg';
import type { LedgerPool } from '../ledger-pool.ts';

export interface Unsettled extends pg.QueryResultRow {
  statement: string;
  session: string;
  principal: string;
  target: string;
}

/** An outcome may still be on its way. `since`: seconds. */
const SETTLING = "interval '10 seconds'";
const NO_OUTCOME =
  "NOT EXISTS (SELECT FROM entry o WHERE o.statement = i.statement AND o.kind = 'statement_outcome' AND o.session = i.session)";
const OF_ENDED = `
  FROM entry x JOIN entry i ON i.session = x.session
  WHERE x.kind = 'session_ended' AND x.at < now() - ${SETTLING} AND i.kind = 'statement_intent' AND ${NO_OUTCOME}`;

/** Their number in all of the record, and the first of them. */
export async function unsettledIn(
  client: pg.ClientBase,
  most = 10,
): Promise<{ count: number; statements: Unsettled[] }> {
  const { rows } = await client.query<Unsettled & { count: number }>(
    `SELECT i.statement, i.session, i.principal, i.target, count(*) OVER ()::int AS count ${OF_ENDED} ORDER BY i.at LIMIT $1`,
    [most],
  );
  return { count: rows[0]?.count ?? 0, statements: rows.map(({ count, ...rest }) => rest) };
}

/** The first look goes back a day, the others what may have come since. Seconds. */
const FIRST = 86_400;
const LATER = 600;
const MOST = 1_000;
const QUERY_MS = 20_000;

/** Looks each time for those of sessions that ended lately; what was found once counts until its outcome is there. */
export function makeUnsettledLook(pool: Pick<LedgerPool, 'query'>): () => Promise<number> {
  let known: string[] = [];
  let back = FIRST;
  return async () => {
    const still = await pool.query<{ statement: string }>(
      `SELECT i.statement FROM entry i WHERE i.statement = ANY($1) AND i.kind = 'statement_intent' AND ${NO_OUTCOME}`,
      [known],
      QUERY_MS,
    );
    const lately = await pool.query<{ statement: string }>(
      `SELECT i.statement ${OF_ENDED} AND x.at > now() - $1 * interval '1 second' LIMIT ${MOST}`,
      [back],
      QUERY_MS,
    );
    back = LATER;
    known = [...new Set([...still, ...lately].map(({ statement }) => statement))].slice(0, MOST);
    return known.length;
  };
}
