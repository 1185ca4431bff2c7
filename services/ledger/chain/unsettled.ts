// Statements whose intent is in the record and whose outcome never came, though their session is over. There should be none.
import type pg from 'pg';
import type { LedgerPool } from '../ledger-pool.ts';

export interface Unsettled extends pg.QueryResultRow {
  /** Its id, or in entries of writes its number: `write 7`. */
  statement: string;
  session: string;
  principal: string;
  target: string;
}

/** An outcome may still be on its way. */
export const SETTLING = "interval '10 seconds'";
const OVER = `SELECT DISTINCT x.session FROM entry x WHERE x.kind = 'session_ended' AND x.at < now() - ${SETTLING}`;

/** Those with an entry of their own, as they were recorded before there were entries of writes. `sessions`: a query for them. */
const apart = (sessions: string) => `
  SELECT i.at, i.statement, i.session, i.principal, i.target FROM (${sessions}) AS gone JOIN entry i USING (session)
  WHERE i.kind = 'statement_intent' AND NOT EXISTS (
    SELECT FROM entry o WHERE o.statement = i.statement AND o.kind = 'statement_outcome' AND o.session = i.session)`;

/** Their number in all of the record, and the first of them. */
export async function unsettledApart(
  client: pg.ClientBase,
  most: number,
): Promise<{ count: number; statements: Unsettled[] }> {
  const { rows } = await client.query<Unsettled & { count: number }>(
    `SELECT statement, session, principal, target, count(*) OVER ()::int AS count FROM (${apart(OVER)}) AS u ORDER BY at LIMIT $1`,
    [most],
  );
  return { count: rows[0]?.count ?? 0, statements: rows.map(({ count, ...rest }) => rest) };
}

/** What is none has no elements: whoever may insert may insert anything. */
const elements = (list: string) =>
  `jsonb_array_elements(CASE jsonb_typeof(${list}) WHEN 'array' THEN ${list} ELSE '[]' END)`;
const number = (value: string) => `CASE jsonb_typeof(${value}) WHEN 'number' THEN (${value})::numeric END`;

/** Only those entries of writes are read that have an execution without a result, or a result alone. */
const gathered = (sessions: string) => `
  WITH gone AS (${sessions}),
  begun AS (
    SELECT e.session, ${number(`e.body::jsonb -> 'first'`)} + d.n - 1 AS number
    FROM gone JOIN entry e USING (session), ${elements(`e.body::jsonb #> '{runs,duration_us}'`)} WITH ORDINALITY AS d (took, n)
    WHERE e.kind = 'writes' AND e.body ~ '"duration_us":\\[[0-9,nul]*null' AND d.took = 'null'),
  ended AS (
    SELECT e.session, ${number(`o.how -> 'number'`)} AS number
    FROM gone JOIN entry e USING (session), ${elements(`e.body::jsonb -> 'ended'`)} AS o (how)
    WHERE e.kind = 'writes' AND e.body LIKE '%"ended":[{%')
  SELECT session FROM begun WHERE NOT EXISTS (SELECT FROM ended WHERE ended.session = begun.session AND ended.number = begun.number)`;

/** The first look goes back a day, the others what may have come since. Seconds. */
const FIRST = 86_400;
const LATER = 600;
const MOST = 1_000;
const QUERY_MS = 20_000;

/** Counts those of sessions that ended lately, and of sessions that had any at the look before. */
export function makeUnsettledLook(pool: Pick<LedgerPool, 'query'>): () => Promise<number> {
  let known: string[] = [];
  let back = FIRST;
  return async () => {
    const sessions = `${OVER} AND (x.session = ANY ($1) OR x.at > now() - $2 * interval '1 second')`;
    const looks = [`SELECT session FROM (${apart(sessions)}) AS u`, `SELECT session FROM (${gathered(sessions)}) AS u`];
    const found = await Promise.all(
      looks.map((text) => pool.query<{ session: string }>(`${text} LIMIT ${MOST}`, [known, back], QUERY_MS)),
    );
    back = LATER;
    known = [...new Set(found.flat().map(({ session }) => session))];
    return found.flat().length;
  };
}
