// What others need of a target's configuration: pg's client settings, and what policy and people see.
import type pg from 'pg';
import type { Target } from '../../contract/words.ts';
import type { LoginSettings, ServerSettings, TargetSettings } from '../config/configuration.ts';
import type { TargetLogins } from './doctor/target-logins.ts';

/** Milliseconds to connect and authenticate; what takes longer is out of reach. */
const CONNECT_TIMEOUT_MS = 5_000;

export function connectionOf(server: ServerSettings, login: LoginSettings): pg.ClientConfig {
  return {
    host: server.host,
    port: server.port,
    database: server.database,
    ssl: server.ssl,
    user: login.user,
    // Asked for at each connecting: a reload may have brought another.
    ...(login.password === null ? {} : { password: () => login.password ?? '' }),
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
  };
}

export function targetLogins(target: TargetSettings): TargetLogins {
  return {
    reader: connectionOf(target, target.reader),
    writer: connectionOf(target, target.writer),
    control: connectionOf(target, target.control),
  };
}

/** By target. */
export const controlLogins = (targets: Record<string, TargetSettings>): Record<string, pg.ClientConfig> =>
  Object.fromEntries(Object.values(targets).map((target) => [target.name, connectionOf(target, target.control)]));

export const asTarget = ({ name, labels }: TargetSettings): Target => ({ name, labels });
