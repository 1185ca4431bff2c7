import { createServer, type Socket } from 'node:net';
import { countedAddress, plainAddress } from './addresses.ts';
import { type ConnectionDeps, serveConnection, TOO_MANY } from './connection.ts';
import { errorResponse } from './frames.ts';
import type { Counts } from '../processes/counts.ts';
import { HalfOpen } from './half-open.ts';
import { inNetworks } from './networks.ts';
import { OPENING_LIMITS, type OpeningLimits } from './limits.ts';
import { secureContext, type TlsPair } from './tls-upgrade.ts';

export interface WireListenerOptions extends Pick<ConnectionDeps, 'tokens' | 'sessions' | 'log'> {
  host: string;
  /** 0: any free one; see `address`. */
  port: number;
  tls: TlsPair | null;
  /** Clients from elsewhere may authenticate without TLS. Default false. */
  allowPlaintext?: boolean;
  /** Networks of balancers, which must say first whose connection it is (PROXY protocol). None unless named. */
  trustProxy?: readonly string[];
  limits?: Partial<OpeningLimits>;
  /** Where half-open connections are counted; default: in this process. */
  counts?: Counts;
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
  const trusts = inNetworks(options.trustProxy ?? []);
  const deps: ConnectionDeps = {
    tokens: options.tokens,
    sessions: options.sessions,
    tls: options.tls && secureContext(options.tls),
    allowPlaintext: options.allowPlaintext ?? false,
    trusts,
    limits,
    log: options.log,
    onRefused: options.onRefused ?? (() => {}),
  };
  const halfOpen = new HalfOpen({
    kind: 'wire',
    most: limits.halfOpen,
    mostPerAddress: limits.halfOpenPerAddress,
    counts: options.counts,
  });
  const opening = new Set<Socket>();

  const server = createServer((socket) => {
    // Without a listener an error would end the process.
    socket.on('error', () => {});
    socket.setNoDelay(true).setKeepAlive(true, 60_000);
    opening.add(socket);
    void serve(socket);
  });
  const serve = async (socket: Socket): Promise<void> => {
    const address = plainAddress(socket.remoteAddress);
    const place = await halfOpen.enter(trusts(address) ? null : countedAddress(address));
    const leave = () => {
      opening.delete(socket);
      place?.leave();
    };
    if (place) return serveConnection(socket, address, leave, deps, (client) => place.isOf(countedAddress(client)));
    leave();
    deps.onRefused('too_many_connections', address);
    // Closed as soon as it is said: these are not counted, so they must not wait.
    socket.write(errorResponse(TOO_MANY, 'FATAL'));
    socket.destroySoon();
  };

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
