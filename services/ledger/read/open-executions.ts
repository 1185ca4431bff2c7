// Executions whose end is not in the record, of sessions that a process left open.
import type { OpenExecutions } from './elevation-records.ts';
import type { LedgerPool } from '../ledger-pool.ts';
import type { ReadsEntry, WritesEntry } from '../entry/executions.ts';

/** `$1`: a replica. The sessions, as `open (session)`, that it began and nobody ended. */
export const OPEN_SESSIONS = `
  WITH lived AS (SELECT chain, started_at FROM chain WHERE replica = $1),
  open AS (
    SELECT s.session FROM entry s
    WHERE s.kind = 'session_started' AND s.chain IN (SELECT chain FROM lived)
      AND s.at >= (SELECT min(started_at) - interval '1 day' FROM lived)
    EXCEPT
    SELECT x.session FROM entry x
    WHERE x.kind = 'session_ended' AND x.at >= (SELECT min(started_at) - interval '1 day' FROM lived)
  )`;

/** The sessions that were settled. Whoever did it may have been of a version that knows no entries of executions. */
const SETTLED_SESSIONS = `
  WITH open AS (SELECT session FROM session_settled WHERE settled_at > now() - interval '30 days')`;

/** Only entries that have one without a duration, or an end of one: few of a session's. */
const UNFINISHED = `
  SELECT e.body FROM open JOIN entry e USING (session)
  WHERE e.kind IN ('reads', 'writes') AND (e.body ~ '"duration_us":\\[[0-9,nul]*null' OR e.body LIKE '%"ended":[{%')
  ORDER BY e.at, e.seq`;
const SETTLING_MS = 30_000;

/** Per session and mode, of writes per elevation, with the numbers of the executions that are to be settled. Throws LedgerUnavailable. */
export async function openExecutions(pool: LedgerPool, replica: string): Promise<OpenExecutions[]> {
  return unfinished(await pool.query<{ body: string }>(OPEN_SESSIONS + UNFINISHED, [replica], SETTLING_MS));
}

/** As `openExecutions`, of sessions that were settled without them. */
export async function leftExecutions(pool: LedgerPool): Promise<OpenExecutions[]> {
  return unfinished(await pool.query<{ body: string }>(SETTLED_SESSIONS + UNFINISHED, [], SETTLING_MS));
}

function unfinished(rows: readonly { body: string }[]): OpenExecutions[] {
  const sessions = new Map<string, { of: Omit<OpenExecutions, 'numbers'>; running: Set<number> }>();
  for (const { body } of rows) {
    const entry: ReadsEntry | WritesEntry = JSON.parse(body);
    const { session, principal, target, first, runs, ended } = entry;
    const elevation = entry.kind === 'writes' ? entry.elevation : null;
    const key = `${session} ${elevation ?? ''}`;
    const known = sessions.get(key) ?? { of: { session, principal, target, elevation }, running: new Set<number>() };
    sessions.set(key, known);
    for (const [n, duration] of runs.duration_us.entries()) if (duration === null) known.running.add(first + n);
    for (const { number } of ended) known.running.delete(number);
  }
  return [...sessions.values()]
    .filter(({ running }) => running.size > 0)
    .map(({ of, running }) => ({ ...of, numbers: [...running] }));
}
