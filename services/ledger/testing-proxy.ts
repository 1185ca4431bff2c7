// For tests: a TCP proxy before a real server, which can lose what passes it without closing anything.
import { createServer, connect as dial, type Socket } from 'node:net';

type Direction = 'up' | 'down';

export interface FaultyProxy {
  port: number;
  /** From now on bytes in these directions are held back on the connections that exist (and, with `andNew`, on new ones). */
  hold(directions: Direction[], andNew?: boolean): void;
  /** New connections pass again; what is held stays held. */
  admitNew(): void;
  /** Delivers what was held and passes everything again. */
  heal(): void;
  /** Connections that were ever made. */
  readonly connections: number;
  close(): Promise<void>;
}

interface Link {
  sockets: Record<Direction, Socket>;
  held: Record<Direction, Buffer[]>;
  holding: Set<Direction>;
}

/** `up` is from the client to the server. */
export async function startFaultyProxy(to: number): Promise<FaultyProxy> {
  const links = new Set<Link>();
  let onNew: Direction[] = [];
  let connections = 0;
  const server = createServer((client) => {
    connections++;
    const upstream = dial(to, '127.0.0.1');
    const link: Link = {
      sockets: { up: upstream, down: client },
      held: { up: [], down: [] },
      holding: new Set(onNew),
    };
    links.add(link);
    const pass = (direction: Direction) => (bytes: Buffer) => {
      if (link.holding.has(direction)) link.held[direction].push(bytes);
      else link.sockets[direction].write(bytes);
    };
    client.on('data', pass('up'));
    upstream.on('data', pass('down'));
    for (const [socket, direction] of [
      [client, 'up'],
      [upstream, 'down'],
    ] as const) {
      socket.on('error', () => {});
      // A network that loses packets loses the end of a connection too.
      socket.on('close', () => {
        if (!link.holding.has(direction)) link.sockets[direction].destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port.');
  return {
    port: address.port,
    hold(directions, andNew = false) {
      for (const link of links) for (const direction of directions) link.holding.add(direction);
      if (andNew) onNew = directions;
    },
    admitNew() {
      onNew = [];
    },
    heal() {
      onNew = [];
      for (const link of links) {
        link.holding.clear();
        for (const direction of ['up', 'down'] as const) {
          for (const bytes of link.held[direction].splice(0)) link.sockets[direction].write(bytes);
        }
        if (link.sockets.down.destroyed) link.sockets.up.end();
        if (link.sockets.up.destroyed) link.sockets.down.destroy();
      }
    },
    get connections() {
      return connections;
    },
    async close() {
      for (const { sockets } of links) {
        sockets.up.destroy();
        sockets.down.destroy();
      }
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
