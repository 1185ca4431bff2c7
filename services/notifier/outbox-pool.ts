import pg from 'pg';

/** Milliseconds without an answer after which a connection counts as dead. */
const SILENCE = 15_000;

/**
 * A small pool of connections to the ledger's database that notices when an answer never comes (a cut cable closes no socket): the
 * connection is then destroyed, and whoever waits on it gets an error. An idle connection, such as the one that listens, may be silent.
 */
export function makeOutboxPool(config: pg.ClientConfig, max: number, onProblem: (error: Error) => void): pg.Pool {
  const pool = new pg.Pool({
    ...config,
    application_name: 'sudoql:notifier',
    max,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
  });
  pool.on('error', onProblem);
  pool.on('connect', (client) => {
    client.on('error', onProblem);
    const { stream } = (client as unknown as { connection: { stream: import('node:net').Socket } }).connection;
    let answeredAt = stream.bytesWritten;
    stream.on('data', () => {
      answeredAt = stream.bytesWritten;
    });
    stream.setTimeout(SILENCE, () => {
      if (stream.bytesWritten !== answeredAt) stream.destroy(new Error('The ledger’s database does not answer.'));
    });
  });
  return pool;
}
