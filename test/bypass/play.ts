// Plays one case on one connection and says what came of it.
import pg from 'pg';
import type { Case } from './cases.ts';
import { playWire } from './wire-script.ts';

export type Protocol = 'simple' | 'extended';

export interface Played {
  /** `SQLSTATE routine: message` of each error; `routine` is sudoql's code where sudoql refused. */
  errors: string[];
  /** Whether sudoql itself refused something. */
  bySudoql: boolean;
  /** All values that the client got, as one text. */
  seen: string;
}

/** A case that was played, and its session, which is still open. */
export interface Open {
  played: Played;
  end(): Promise<void>;
}

/** Connects as `config` says and plays. A .wire case has ended its connection itself. */
export async function openCase(config: pg.ClientConfig, each: Case, protocol: Protocol): Promise<Open> {
  if (each.form === 'wire') return { played: await playWire(config, each.messages), end: async () => {} };
  const client = new pg.Client(config);
  client.on('error', () => {});
  await client.connect();
  const played = await playCase(client, each, protocol);
  return { played, end: () => client.end().catch(() => undefined) };
}

/**
 * Sends each message of `play` as a Query, or by the extended protocol. Resolves when every message was answered; never
 * rejects for an error of the server's. node-postgres answers COPY FROM STDIN with CopyFail by itself.
 */
export async function playCase(client: pg.Client, play: Case, protocol: Protocol): Promise<Played> {
  const played: Played = { errors: [], bySudoql: false, seen: '' };
  const { connection } = client as unknown as { connection: NodeJS.EventEmitter };
  connection.on('copyData', (message: { chunk: Buffer }) => {
    played.seen += message.chunk.toString('latin1');
  });
  for (const text of play.messages) {
    try {
      const mode = protocol === 'extended' ? { queryMode: 'extended' } : {};
      const result: unknown = await client.query({ text, rowMode: 'array', ...mode });
      for (const each of [result].flat()) played.seen += JSON.stringify((each as pg.QueryResult).rows);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      const { code = '', routine = '', severity, file } = error as pg.DatabaseError;
      played.bySudoql ||= file === 'sudoql';
      played.errors.push(`${code} ${routine}: ${error.message}`);
      // The connection is gone: nothing more can be said on it.
      if (!(error instanceof pg.DatabaseError) || severity === 'FATAL') break;
    }
  }
  return played;
}
