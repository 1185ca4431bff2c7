import type { Config } from './configuration.ts';

/** Where PostgreSQL's clients are told to connect: `listen.wire.public`, else the host of `public_url`, else where it listens. `port`: that it listens on. */
export function publicWire({ wire, publicUrl }: Pick<Config, 'wire' | 'publicUrl'>, port: number) {
  const tls = wire.tls !== null;
  if (wire.public !== null) return { ...wire.public, tls };
  const host = publicUrl === null ? wire.host : new URL(publicUrl).hostname.replace(/^\[|\]$/g, '');
  return { host, port, tls };
}
