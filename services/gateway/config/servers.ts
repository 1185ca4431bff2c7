// Connections to PostgreSQL: host, port, TLS, logins.
import { isLoopback } from '../../contract/loopback.ts';
import type { LoginSettings, ServerSettings } from './configuration.ts';
import type { Path } from './problem.ts';
import type { Secrets } from './secrets.ts';

interface TlsAsWritten {
  mode: 'disable' | 'require' | 'verify-ca' | 'verify-full';
  ca?: string;
  cert?: string;
  key?: string;
}

/**
 * TLS options for pg. Not configured: none on this host, else verify-full with the system's authorities, for what is not
 * said must not be the weaker of two things.
 */
export function serverTls(
  tls: TlsAsWritten | undefined,
  host: string,
  secrets: Secrets,
  path: Path,
): ServerSettings['ssl'] {
  const mode = tls?.mode ?? (isLoopback(host) ? 'disable' : 'verify-full');
  if (mode === 'disable') return false;
  const pem = (key: 'ca' | 'cert' | 'key') => {
    const name = tls?.[key];
    return name === undefined ? {} : { [key]: secrets.file(name, [...path, key]) };
  };
  return {
    ...pem('ca'),
    ...pem('cert'),
    ...pem('key'),
    rejectUnauthorized: mode !== 'require',
    ...(mode === 'verify-full' ? {} : { checkServerIdentity: () => undefined }),
  };
}

export function login(written: { user: string; password?: string }, secrets: Secrets, path: Path): LoginSettings {
  const { user, password } = written;
  return { user, password: password === undefined ? null : secrets.fetch(password, [...path, 'password']) };
}

/** For logins that only some commands use: null when it, or its secret, is not there. */
export function rareLogin(
  written: { user: string; password?: string } | undefined,
  secrets: Secrets,
  path: Path,
): LoginSettings | null {
  if (!written) return null;
  const { user, password } = written;
  if (password === undefined) return { user, password: null };
  const found = secrets.fetchIfThere(password, [...path, 'password']);
  return found === null ? null : { user, password: found };
}
