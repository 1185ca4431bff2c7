import type pg from 'pg';
import { LOGIN_NAMES, type LoginName, rows } from './target-logins.ts';

interface Identity extends pg.QueryResultRow {
  system: string | null;
  database: string;
  started: string;
  standby: boolean;
  version: number;
  pid: number;
  login: string;
  role: string;
  signalled: string;
}

// pg_control_system may have been taken from PUBLIC; the postmaster's start then stands alone.
const IDENTITY = `SELECT CASE WHEN has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE')
    THEN (SELECT system_identifier::text FROM pg_control_system()) END AS system,
  (SELECT oid::text FROM pg_database WHERE datname = current_database()) AS database,
  extract(epoch FROM pg_postmaster_start_time())::text AS started, pg_is_in_recovery() AS standby,
  current_setting('server_version_num')::int / 10000 AS version, pg_backend_pid() AS pid, session_user AS login, current_user AS role`;

/** Why these three connections are not three logins at one database of one running server; empty when they are. */
export async function identityProblems(clients: Record<LoginName, pg.Client>): Promise<string[]> {
  const found = new Map<LoginName, Identity>();
  for (const name of LOGIN_NAMES) {
    const [identity] = await rows<Identity>(clients[name], IDENTITY);
    if (identity) found.set(name, identity);
  }
  const writer = found.get('writer');
  if (!writer) return ['The writer login cannot be looked at.'];
  const problems: string[] = [];
  for (const [name, identity] of found) {
    // The pid of the greeting is a pooler's own, if one stands between.
    const greeted = (clients[name] as unknown as { processID: number | null }).processID;
    if (greeted !== identity.pid) {
      problems.push(`A pooler stands between the gateway and the ${name}'s backend: connect to the server itself.`);
    }
    if (identity.role !== identity.login) {
      problems.push(`The ${name} logs in as ${identity.login} and acts as ${identity.role}: ALTER ROLE … RESET role.`);
    }
    if (identity.system !== writer.system || identity.database !== writer.database) {
      problems.push(`The ${name} and the writer do not reach the same database.`);
    } else if (identity.started !== writer.started) {
      problems.push(
        `The ${name} and the writer do not reach the same running server (a standby, or a balancer between).`,
      );
    }
  }
  if (new Set([...found.values()].map(({ login }) => login)).size < found.size) {
    problems.push('Reader, writer and control must be different logins.');
  }
  if (writer.standby) problems.push('The server is a standby: nothing can be written there.');
  if (writer.version < 15) problems.push(`PostgreSQL ${writer.version} is not supported; 15 to 18 are.`);
  return problems;
}
