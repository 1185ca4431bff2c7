// Advisory locks that say which processes live. A session's locks are gone when its backend is, so nobody needs UPDATE.
import type pg from 'pg';
import type { Backend } from '../write/connection.ts';

/** Key of the lock that the writer of a chain holds. `$1`-style placeholder or column in, SQL expression out. */
export const chainLock = (chain: string): string => `hashtextextended('sudoql chain ' || ${chain}, 0)`;
/** Key of the lock that a replica's heartbeat holds. */
export const replicaLock = (replica: string): string => `hashtextextended('sudoql replica ' || ${replica}, 0)`;

/** Key of the lock that the heartbeat holds of whoever has a replica's name. */
export const nameLock = (name: string): string => `hashtextextended('sudoql name ' || ${name}, 0)`;

/** The keys of all advisory locks held in this database, as bigint. */
export const HELD_LOCKS = `
  SELECT (classid::bigint << 32) | objid::bigint AS key FROM pg_locks
  WHERE locktype = 'advisory' AND objsubid = 1 AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

/**
 * Waits for the session's lock named by `key` (an expression with `$1`, which is `name`). The backends of connections that this process
 * gave up may hold it without knowing that nobody is at the other end: they are ended.
 */
export async function takeLock(
  client: pg.ClientBase,
  key: string,
  name: string,
  givenUp: readonly Backend[],
): Promise<void> {
  for (;;) {
    for (const { pid, startedAt } of givenUp) {
      await client.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = $1 AND backend_start::text = $2',
        [pid, startedAt],
      );
    }
    const { rows } = await client.query<{ held: boolean }>(`SELECT pg_try_advisory_lock(${key}) AS held`, [name]);
    if (rows[0]?.held) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
