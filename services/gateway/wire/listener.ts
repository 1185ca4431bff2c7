import { createServer, type Socket } from 'node:net';
import type { ClientError } from '../../contract/errors.ts';
import { countedAddress, plainAddress } from './addresses.ts';
import { type ConnectionDeps, serveConnection } from './connection.ts';
import { errorResponse } from './frames.ts';
import { HalfOpen } from './half-open.ts';
import { OPENING_LIMITS, type OpeningLimits } from './limits.ts';
import { secureContext, type TlsPair } from './tls-upgrade.ts';

export interface WireListenerOptions extends Pick<ConnectionDeps, 'tokens' | 'sessions' | 'log'> {
  host: string;
  /** 0: any free one; see `address`. */
  port: number;
  tls: TlsPair | null;
  /** Clients from elsewhere may authenticate without TLS. Default false. */
  allowPlaintext?: boolean;
  limits?: Partial<OpeningLimits>;
  onRefused?: ConnectionDeps['onRefused'];
}

export interface WireListener {
  readonly address: { host: string; port: number };
  /** Connections that have not authenticated yet. */
  readonly halfOpen: number;
  /** From now on this pair is shown to who connects. Throws for one that does not fit or does not parse, and keeps the old one. */
  renewTls(pair: TlsPair): void;
  /** Stops listening and drops the half-open connections. Sessions live on: `sessions.shutdown` ends them. */
  close(): Promise<void>;
}

/** PostgreSQL's protocol on a TCP port. Rejects when the address is taken or the certificate does not parse. */
export async function makeWireListener(options: WireListenerOptions): Promise<WireListener> {
  const limits = { ...OPENING_LIMITS, ...options.limits };
  const deps: ConnectionDeps = {
    tokens: options.tokens,
    sessions: options.sessions,
    tls: options.tls && secureContext(options.tls),
    allowPlaintext: options.allowPlaintext ?? false,
    limits,
    log: options.log,
    onRefused: options.onRefused ?? (() => {}),
  };
  const halfOpen = new HalfOpen(limits.halfOpen, limits.halfOpenPerAddress);
  const opening = new Set<Socket>();

  const server = createServer((socket) => {
    // Without a listener an error would end the process.
    socket.on('error', () => {});
    socket.setNoDelay(true).setKeepAlive(true, 60_000);
    const address = plainAddress(socket.remoteAddress);
    const leave = halfOpen.enter(countedAddress(address));
    if (!leave) {
      deps.onRefused('too_many_connections', address);
      // Closed as soon as it is said: these are not counted, so they must not wait.
      socket.write(errorResponse(TOO_MANY, 'FATAL'));
      return socket.destroySoon();
    }
    opening.add(socket);
    void serveConnection(
      socket,
      address,
      () => {
        opening.delete(socket);
        leave();
      },
      deps,
    );
  });

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  server.on('error', (error) => deps.log.error({ err: error }, 'the wire listener failed'));
  const bound = server.address();
  const port = typeof bound === 'object' && bound ? bound.port : options.port;
  return {
    address: { host: options.host, port },
    get halfOpen() {
      return halfOpen.count;
    },
    renewTls: (pair) => {
      deps.tls = secureContext(pair);
    },
    close: async () => {
      server.close();
      for (const socket of opening) socket.destroy();
    },
  };
}

const TOO_MANY: ClientError = {
  code: 'too_many_connections',
  message: 'too many connections are logging in at once',
  hint: 'Try again in a moment.',
};
