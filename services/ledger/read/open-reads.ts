// Executions in read mode whose end is not in the record, of sessions that a process left open.
import type { OpenReads } from './elevation-records.ts';
import type { LedgerPool } from '../ledger-pool.ts';
import type { ReadsEntry } from '../write/read-log.ts';

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

/** Only entries that have one without a duration, or an end of one: few of a session's. */
const UNFINISHED = `${OPEN_SESSIONS}
  SELECT e.body FROM open JOIN entry e USING (session)
  WHERE e.kind = 'reads' AND (e.body ~ '"duration_us":\\[[0-9,nul]*null' OR e.body LIKE '%"ended":[{%')
  ORDER BY e.at, e.seq`;
const SETTLING_MS = 30_000;

/** Per session, with the numbers of the executions that are to be settled. Throws LedgerUnavailable. */
export async function openReads(pool: LedgerPool, replica: string): Promise<OpenReads[]> {
  const rows = await pool.query<{ body: string }>(UNFINISHED, [replica], SETTLING_MS);
  const sessions = new Map<string, { of: Omit<OpenReads, 'numbers'>; running: Set<number> }>();
  for (const { body } of rows) {
    const { session, principal, target, first, runs, ended }: ReadsEntry = JSON.parse(body);
    const known = sessions.get(session) ?? { of: { session, principal, target }, running: new Set<number>() };
    sessions.set(session, known);
    for (const [n, duration] of runs.duration_us.entries()) if (duration === null) known.running.add(first + n);
    for (const { number } of ended) known.running.delete(number);
  }
  return [...sessions.values()]
    .filter(({ running }) => running.size > 0)
    .map(({ of, running }) => ({ ...of, numbers: [...running] }));
}
