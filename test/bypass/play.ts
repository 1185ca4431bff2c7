// Plays one case on one connection and says what came of it.
import pg from 'pg';
import type { Case } from './cases.ts';

export interface Played {
  /** `SQLSTATE routine: message` of each error; `routine` is sudoql's code where sudoql refused. */
  errors: string[];
  /** All values that the client got, as one text. */
  seen: string;
}

/**
 * Sends each message of `play` as a Query, or by the extended protocol. Resolves when every message was answered; never
 * rejects for an error of the server's. node-postgres answers COPY FROM STDIN with CopyFail by itself.
 */
export async function playCase(client: pg.Client, play: Case, protocol: 'simple' | 'extended'): Promise<Played> {
  const errors: string[] = [];
  let seen = '';
  const { connection } = client as unknown as { connection: NodeJS.EventEmitter };
  connection.on('copyData', (message: { chunk: Buffer }) => {
    seen += message.chunk.toString('latin1');
  });
  for (const text of play.messages) {
    try {
      const mode = protocol === 'extended' ? { queryMode: 'extended' } : {};
      const result: unknown = await client.query({ text, rowMode: 'array', ...mode });
      for (const each of [result].flat()) seen += JSON.stringify((each as pg.QueryResult).rows);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      const { code = '', routine = '', severity } = error as pg.DatabaseError;
      errors.push(`${code} ${routine}: ${error.message}`);
      // The connection is gone: nothing more can be said on it.
      if (!(error instanceof pg.DatabaseError) || severity === 'FATAL') break;
    }
  }
  return { errors, seen };
}
