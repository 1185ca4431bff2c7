import { connect, createServer, type Socket } from 'node:net';

/** Bytes on their way: to the server, or back to the client. */
export type Towards = 'server' | 'client';

/** A TCP hop that a test can cut, hold up, or make silent while it stays open. */
export interface TcpProxy {
  port: number;
  /** Sees what comes before it is passed on: what is done to the hop meanwhile holds for it already. */
  watch: ((towards: Towards, data: Buffer) => void) | null;
  /** Open connections are reset and new ones refused until `restore`. */
  cut(): void;
  /** Connections stay open and new ones are accepted, but nothing goes through any more until `restore`. */
  blackhole(): void;
  /** Connections stay open and new ones are accepted; what is sent waits, and goes through once `resume` is called. */
  stall(): void;
  resume(): void;
  restore(): void;
  close(): Promise<void>;
}

export async function startTcpProxy(to: number): Promise<TcpProxy> {
  let state: 'open' | 'cut' | 'blackhole' | 'stalled' = 'open';
  const pairs = new Set<[Socket, Socket]>();
  const server = createServer((client) => {
    if (state === 'cut') return void client.destroy();
    const upstream = connect(to, '127.0.0.1');
    const pair: [Socket, Socket] = [client, upstream];
    pairs.add(pair);
    for (const [from, other] of [pair, pair.toReversed()] as [Socket, Socket][]) {
      from.setNoDelay(true);
      if (state === 'stalled') from.pause();
      from.on('data', (data) => {
        proxy.watch?.(from === client ? 'server' : 'client', data);
        // What a black hole swallowed is lost for good, as on a real half-open connection.
        if (state === 'open' || state === 'stalled') other.write(data);
      });
      from.on('error', () => {});
      from.on('close', () => {
        // A black hole keeps the other side open until `restore`.
        if (state === 'blackhole' && !other.destroyed) return;
        pairs.delete(pair);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const drop = () => {
    for (const pair of pairs) for (const socket of pair) socket.destroy();
    pairs.clear();
  };
  const proxy: TcpProxy = {
    port: (server.address() as { port: number }).port,
    watch: null,
    cut: () => {
      state = 'cut';
      drop();
    },
    blackhole: () => {
      state = 'blackhole';
    },
    stall: () => {
      state = 'stalled';
      for (const pair of pairs) for (const socket of pair) socket.pause();
    },
    resume: () => {
      state = 'open';
      for (const pair of pairs) for (const socket of pair) socket.resume();
    },
    restore: () => {
      state = 'open';
      drop();
    },
    close: () =>
      new Promise((resolve) => {
        drop();
        server.close(() => resolve());
      }),
  };
  return proxy;
}
