// `sign_in`: the company's identity provider.
import type { SignInSettings } from '../../people/settings.ts';
import { isLoopback } from '../../contract/loopback.ts';
import type { Source } from './problem.ts';
import type { ConfigFile } from './schema.ts';
import type { Secrets } from './secrets.ts';
import { milliseconds } from './units.ts';

const DAY = 86_400_000;

/** Null when nobody signs in here. Throws ConfigError. */
export function signInSettings(source: Source, written: ConfigFile, secrets: Secrets): SignInSettings | null {
  const { sign_in: said } = written;
  if (!said) return null;
  if (written.public_url === undefined)
    throw source.problem(['sign_in'], 'expected public_url beside it: the provider sends browsers back there');
  const issuer = new URL(said.issuer);
  if (issuer.protocol === 'http:' && !isLoopback(issuer.hostname))
    throw source.problem(['sign_in', 'issuer'], 'expected https:// (http:// only on this host)');
  const time = (key: 'token' | 'idle' | 'absolute', otherwise: string, most: number): number => {
    const ms = milliseconds(said[key] ?? otherwise);
    if (ms < 60_000 || ms > most)
      throw source.problem(['sign_in', key], `expected from 1m to ${most / DAY}d, got ${said[key]}`);
    return ms;
  };
  const scopes = said.scopes ?? ['openid', 'profile', 'email'];
  if (!scopes.includes('openid')) throw source.problem(['sign_in', 'scopes'], 'expected openid among them');
  const { login = 'preferred_username', email = 'email', name = 'name', groups = 'groups' } = said.claims ?? {};
  return {
    issuer: said.issuer,
    client: said.client,
    secret: said.secret === undefined ? null : secrets.fetch(said.secret, ['sign_in', 'secret']),
    scopes,
    claims: { login, email, name, groups: groups === 'none' ? null : groups },
    elevate: said.elevate ?? 'in-band',
    tokenMs: time('token', '8h', 30 * DAY),
    session: { idleMs: time('idle', '1h', 7 * DAY), absoluteMs: time('absolute', '12h', 7 * DAY) },
    stop: said.stop ?? 'link',
    confirm: { withinMs: freshOf(source, said), acr: said.confirm?.acr ?? [] },
    refresh: refreshOf(source, said, secrets),
  };
}

function freshOf(source: Source, said: NonNullable<ConfigFile['sign_in']>): number {
  const ms = milliseconds(said.confirm?.within ?? '5m');
  if (ms < 30_000 || ms > 3_600_000)
    throw source.problem(['sign_in', 'confirm', 'within'], `expected from 30s to 1h, got ${said.confirm?.within}`);
  return ms;
}

function refreshOf(
  source: Source,
  said: NonNullable<ConfigFile['sign_in']>,
  secrets: Secrets,
): SignInSettings['refresh'] {
  if (said.refresh === undefined) return null;
  const text = secrets.fetch(said.refresh.key, ['sign_in', 'refresh', 'key']);
  if (text !== '' && Buffer.from(text, 'base64').length !== 32)
    throw source.problem(['sign_in', 'refresh', 'key'], 'expected 32 bytes as "openssl rand -base64 32" prints them');
  const everyMs = milliseconds(said.refresh.every ?? '15m');
  if (everyMs < 10_000 || everyMs > DAY)
    throw source.problem(['sign_in', 'refresh', 'every'], 'expected from 10s to 1d');
  return { everyMs, key: text };
}
