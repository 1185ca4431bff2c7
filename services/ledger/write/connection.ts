// A connection whose every answer has a deadline on our side: a half-open one is noticed and thrown away.
import { Socket } from 'node:net';
import pg from 'pg';
import { awakeTimeout } from '../../contract/awake-timeout.ts';

/** The connection is lost, or did not answer in time: whether its last statement took effect is not known. */
export class ConnectionLost extends Error {}

/** A server process, as pg_stat_activity names it; the start tells it from a later one with its pid. */
export interface Backend {
  pid: number;
  startedAt: string;
}

export interface Connection {
  readonly client: pg.Client;
  /** The server's side of it, for fencing it off. */
  readonly backend: Backend;
  /** Runs `act` with the deadline; when it passes, the connection is destroyed and ConnectionLost thrown. */
  within<T>(ms: number, act: (client: pg.Client) => Promise<T>): Promise<T>;
  /** Called once, when it ended for whatever reason. */
  onEnd(listener: () => void): void;
  destroy(): void;
  /** Says goodbye, and does not wait long for an answer. */
  close(): Promise<void>;
}

const GOODBYE_MS = 500;

/** Throws ConnectionLost when there is none within `ms`; errors of the server (wrong password, …) as they are. */
export async function connect(config: pg.ClientConfig, ms: number): Promise<Connection> {
  const socket = new Socket();
  const client = new pg.Client({ ...config, keepAlive: true, stream: () => socket });
  let ended = false;
  const listeners: (() => void)[] = [];
  const end = () => {
    if (ended) return;
    ended = true;
    for (const listener of listeners) listener();
  };
  client.on('error', end);
  client.on('end', end);
  const within = async <T>(limit: number, act: (client: pg.Client) => Promise<T>): Promise<T> => {
    if (ended) throw new ConnectionLost('The connection to the ledger has ended.');
    let stop = () => {};
    const deadline = new Promise<never>((_, reject) => {
      stop = awakeTimeout(limit, () => {
        socket.destroy();
        end();
        reject(new ConnectionLost(`The ledger did not answer within ${limit} ms.`));
      });
    });
    try {
      return await Promise.race([act(client), deadline]);
    } catch (error) {
      if (isAnswer(error) || !ended) throw error;
      throw error instanceof ConnectionLost ? error : new ConnectionLost('The ledger is gone.', { cause: error });
    } finally {
      stop();
    }
  };
  const backend = await within(ms, async () => {
    await client.connect();
    const { rows } = await client.query<{ pid: number; started: string }>(
      'SELECT pid, backend_start::text AS started FROM pg_stat_activity WHERE pid = pg_backend_pid()',
    );
    return { pid: rows[0]?.pid ?? 0, startedAt: rows[0]?.started ?? '' };
  }).catch((error: unknown) => {
    socket.destroy();
    if (isAnswer(error) || error instanceof ConnectionLost) throw error;
    throw new ConnectionLost('The ledger cannot be reached.', { cause: error });
  });
  return {
    client,
    backend,
    within,
    onEnd: (listener) => {
      if (ended) listener();
      else listeners.push(listener);
    },
    destroy: () => {
      socket.destroy();
      end();
    },
    close: async () => {
      await within(GOODBYE_MS, () => client.end()).catch(() => undefined);
      socket.destroy();
      end();
    },
  };
}

/** The server said no and rolled back. FATAL is not such an answer: the commit may have come before it. */
export function isAnswer(error: unknown): error is pg.DatabaseError {
  return error instanceof pg.DatabaseError && error.severity === 'ERROR';
}
