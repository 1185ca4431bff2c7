import pg from 'pg';

/** Milliseconds without an answer after which a connection counts as dead. */
const SILENCE = 15_000;

/**
 * A small pool of connections to the ledger's database that notices when an answer never comes (a cut cable closes no socket): the
 * connection is then destroyed, and whoever waits on it gets an error. One that is not lent may be silent.
 */
export function makeOutboxPool(
  config: pg.ClientConfig,
  max: number,
  onProblem: (error: Error) => void,
  silenceMs = SILENCE,
): pg.Pool {
  const pool = new pg.Pool({
    ...config,
    application_name: 'sudoql:notifier',
    max,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
  });
  pool.on('error', onProblem);
  const lent = new WeakSet<object>();
  pool.on('acquire', (client) => lent.add(client));
  pool.on('release', (_error, client) => lent.delete(client));
  pool.on('connect', (client) => {
    client.on('error', onProblem);
    const { stream } = (client as unknown as { connection: { stream: import('node:net').Socket } }).connection;
    // `setTimeout` with a listener would tell of the first silence only, and that is an idle one.
    stream.setTimeout(silenceMs);
    stream.on('timeout', () => {
      if (lent.has(client)) stream.destroy(new Error('The ledger’s database does not answer.'));
    });
  });
  return pool;
}
