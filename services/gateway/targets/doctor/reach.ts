import pg from 'pg';
import { within } from '../../../contract/within.ts';

const PATIENCE_MS = 5_000;

/** Why the server does not answer this login, or null when it does. Never throws, and has its answer within five seconds. */
export async function reach(login: pg.ClientConfig): Promise<string | null> {
  const client = new pg.Client({ connectionTimeoutMillis: PATIENCE_MS, ...login, application_name: 'sudoql:reach' });
  client.on('error', () => {});
  const ask = async (): Promise<string | null> => {
    await client.connect();
    await client.query('SELECT 1');
    return null;
  };
  try {
    return await within(ask(), PATIENCE_MS, () => 'It does not answer.');
  } catch (error) {
    return `It does not answer: ${error instanceof Error ? error.message : String(error)}.`;
  } finally {
    // A goodbye to one that is silent would never be answered.
    void within(client.end(), 500, () => undefined)
      .catch(() => undefined)
      .finally(() =>
        (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy(),
      );
  }
}
