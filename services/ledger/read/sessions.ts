// Who is connected now, on whichever gateway; and with what.
import { chainLock, HELD_LOCKS } from '../heartbeat/locks.ts';
import type { LedgerPool } from '../ledger-pool.ts';

export interface OpenSession {
  session: string;
  principal: string;
  target: string;
  applicationName: string;
  clientAddress: string;
  since: Date;
  /** The gateway process that has it. */
  gateway: string;
}

/** So far back one looks, and among so many. */
export const SESSIONS_OF_HOURS = 24;
const LOOKED_AT = 5_000;

/** Sessions that began within a day and have not ended, of processes that live; the newest first. Throws LedgerUnavailable. */
export async function openSessions(pool: Pick<LedgerPool, 'query'>): Promise<OpenSession[]> {
  const rows = await pool.query<Row>(
    `WITH live AS (SELECT chain, replica FROM chain WHERE ${chainLock('chain')} IN (${HELD_LOCKS})),
     begun AS (
       SELECT session, principal, target, at, body, chain FROM entry
       WHERE kind = 'session_started' AND at > now() - interval '${SESSIONS_OF_HOURS} hours' ORDER BY at DESC LIMIT ${LOOKED_AT}
     )
     SELECT b.session, b.principal, b.target, b.at, l.replica,
       b.body::jsonb ->> 'application_name' AS application_name, b.body::jsonb ->> 'client_address' AS client_address
     FROM begun b JOIN live l USING (chain)
     WHERE NOT EXISTS (SELECT FROM entry x WHERE x.session = b.session AND x.kind = 'session_ended')
     ORDER BY b.at DESC`,
  );
  return rows.map((row) => ({
    session: row.session,
    principal: row.principal,
    target: row.target,
    applicationName: row.application_name,
    clientAddress: row.client_address,
    since: row.at,
    gateway: row.replica,
  }));
}

export interface SessionClient {
  applicationName: string;
  clientAddress: string;
}

/** What a session was begun with; null where the record has it no more. Throws LedgerUnavailable. */
export async function sessionClient(pool: Pick<LedgerPool, 'query'>, session: string): Promise<SessionClient | null> {
  const [row] = await pool.query<{ body: string }>(
    "SELECT body FROM entry WHERE session = $1 AND kind = 'session_started' LIMIT 1",
    [session],
  );
  if (!row) return null;
  const { application_name, client_address } = JSON.parse(row.body) as Record<string, unknown>;
  return { applicationName: String(application_name ?? ''), clientAddress: String(client_address ?? '') };
}

interface Row {
  [column: string]: unknown;
  session: string;
  principal: string;
  target: string;
  at: Date;
  application_name: string;
  client_address: string;
  replica: string;
}
