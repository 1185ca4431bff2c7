// Commands that ask the ledger's database one thing, as the gateway's login.
import pg from 'pg';
import type { Config } from '../config/configuration.ts';
import { connectionOf } from '../targets/connections.ts';
import { configOf, type Io } from './io.ts';

/** Connects, hands the client to `use`, and closes. Throws what connecting throws. */
export async function onLedger<T>(
  options: { config: string },
  io: Io,
  use: (client: pg.Client, config: Config) => Promise<T>,
): Promise<T> {
  const config = configOf(options, io);
  const client = new pg.Client({
    ...connectionOf(config.ledger, config.ledger.gateway),
    application_name: 'sudoqld command',
  });
  client.on('error', () => {});
  await client.connect();
  try {
    return await use(client, config);
  } finally {
    await client.end();
  }
}
