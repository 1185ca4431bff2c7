// Advisory locks that say which processes live. A session's locks are gone when its backend is, so nobody needs UPDATE.

/** Key of the lock that the writer of a chain holds. `$1`-style placeholder or column in, SQL expression out. */
export const chainLock = (chain: string): string => `hashtextextended('sudoql chain ' || ${chain}, 0)`;
/** Key of the lock that a replica's heartbeat holds. */
export const replicaLock = (replica: string): string => `hashtextextended('sudoql replica ' || ${replica}, 0)`;

/** The keys of all advisory locks held in this database, as bigint. */
export const HELD_LOCKS = `
  SELECT (classid::bigint << 32) | objid::bigint AS key FROM pg_locks
  WHERE locktype = 'advisory' AND objsubid = 1 AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
