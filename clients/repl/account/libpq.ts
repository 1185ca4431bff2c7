// For psql and whatever else uses libpq: a service file and a passfile of our own, beside the login.
import { EXIT } from '../exit-codes.ts';
import { type Gateway, listTargets, whoAmI, type Wire } from '../gateway-api.ts';
import { Problem } from '../problem.ts';
import type { Environment } from '../settings.ts';
import { besideConfiguration, writePrivate } from './kept-login.ts';

export interface Libpq {
  serviceFile: string;
  targets: string[];
}

/** One service a target that the token may see, with the target's name. The token is in the passfile alone. */
export async function writeLibpq(gateway: Gateway, env: Environment): Promise<Libpq> {
  const { user, wire } = await reachable(gateway);
  const targets = (await listTargets(gateway)).map(({ name }) => name);
  const passfile = besideConfiguration(env, 'passfile');
  const serviceFile = besideConfiguration(env, 'pg_service.conf');
  writePrivate(passfile, `${wire.host}:${wire.port}:*:${escaped(user)}:${gateway.token}\n`);
  const services = targets.map((name) =>
    [
      `[${name}]`,
      `host=${wire.host}`,
      `port=${wire.port}`,
      `dbname=${name}`,
      `user=${user}`,
      `passfile=${passfile}`,
      `sslmode=${sslmode(wire)}`,
    ].join('\n'),
  );
  writePrivate(serviceFile, `# Written by "sudoql login".\n${services.join('\n\n')}\n`);
  return { serviceFile, targets };
}

/** `postgres://…`, with the token in it. Throws a Problem when there is no such target. */
export async function targetUrl(gateway: Gateway, target: string): Promise<string> {
  const { host, port, user, mode } = await connectionOf(gateway, target);
  const url = new URL(`postgres://${host.includes(':') ? `[${host}]` : host}:${port}/${target}`);
  url.username = encodeURIComponent(user);
  url.password = gateway.token;
  url.searchParams.set('sslmode', mode);
  return url.href;
}

/** For a program of libpq's: the token goes no other way than to it. */
export async function targetEnvironment(gateway: Gateway, target: string): Promise<Record<string, string>> {
  const { host, port, user, mode } = await connectionOf(gateway, target);
  return {
    PGHOST: host,
    PGPORT: String(port),
    PGDATABASE: target,
    PGUSER: user,
    PGPASSWORD: gateway.token,
    PGSSLMODE: mode,
  };
}

async function connectionOf(gateway: Gateway, target: string) {
  const { user, wire } = await reachable(gateway);
  const targets = await listTargets(gateway);
  if (!targets.some(({ name }) => name === target))
    throw new Problem(EXIT.usage, `There is no target ${target} that you may see.`);
  return { host: wire.host, port: wire.port, user, mode: sslmode(wire) };
}

async function reachable(gateway: Gateway): Promise<{ user: string; wire: Wire }> {
  const { user, wire } = await whoAmI(gateway);
  if (wire === null)
    throw new Problem(
      EXIT.connection,
      'The gateway does not say where PostgreSQL’s clients reach it: it is an older one.',
    );
  return { user, wire };
}

/** A gateway on this host may have no TLS. */
const sslmode = ({ tls }: Wire): string => (tls ? 'verify-full' : 'disable');

/** libpq takes a colon and a backslash for its own. */
const escaped = (text: string): string => text.replace(/[\\:]/g, (character) => `\\${character}`);
