// The name by which a gateway is told from the others of its ledger: one that lives has it, and no other that lives.
import type pg from 'pg';
import { HELD_LOCKS, nameLock } from './locks.ts';

/** Who has the name. */
export interface Namesake {
  /** Its process, by the name of its heartbeat's connection. */
  process: string;
  /** From where that connection comes; null where it comes by a socket of the server's host. */
  address: string | null;
}

export interface NameLook {
  /** Null when the name is this connection's now. */
  namesake: Namesake | null;
  /** It did something since the last look. */
  beats: boolean;
}

/** What heartbeats call their connections. */
export const HEARTBEAT = 'sudoql heartbeat ';

const HOLDER = `
  SELECT a.pid, a.application_name AS name, host(a.client_addr) AS address,
    extract(epoch FROM clock_timestamp() - greatest(a.state_change, a.query_start))::float8 * 1000 AS silent
  FROM (${HELD_LOCKS.replace('AS key', 'AS key, pid')}) AS l JOIN pg_stat_activity a USING (pid)
  WHERE l.key = ${nameLock('$1')}`;

/**
 * Takes the name for the session of `client`, or says who has it. One that has said nothing for `deadAfterMs` is a connection with nobody at its
 * other end: it is ended, so that the next look may take the name. `sinceMs`: since the last look.
 */
export async function takeName(
  client: pg.ClientBase,
  name: string,
  { sinceMs, deadAfterMs }: { sinceMs: number; deadAfterMs: number },
): Promise<NameLook> {
  const taken = await client.query<{ held: boolean }>(`SELECT pg_try_advisory_lock(${nameLock('$1')}) AS held`, [name]);
  if (taken.rows[0]?.held) return { namesake: null, beats: false };
  const { rows } = await client.query<{ pid: number; name: string; address: string | null; silent: number }>(HOLDER, [
    name,
  ]);
  const [holder] = rows;
  if (!holder) return { namesake: { process: 'one that has just ended', address: null }, beats: false };
  if (holder.silent > deadAfterMs) await client.query('SELECT pg_terminate_backend($1)', [holder.pid]);
  const process = holder.name.startsWith(HEARTBEAT) ? holder.name.slice(HEARTBEAT.length) : holder.name;
  return { namesake: { process, address: holder.address }, beats: holder.silent < sinceMs };
}
