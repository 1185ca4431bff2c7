import pg from 'pg';
import type { TargetSettings } from '../config/configuration.ts';
import { connectionOf } from './connections.ts';

/** A connection for reading a target's catalogue, as its reader. Throws what connecting throws. */
export async function connectToCatalogue(target: TargetSettings | undefined): Promise<pg.Client> {
  if (!target) throw new Error('That target is not configured.');
  const client = new pg.Client({
    ...connectionOf(target, target.reader),
    application_name: 'sudoql:catalogue',
    options: '-c default_transaction_read_only=on -c statement_timeout=10s',
  });
  client.on('error', () => {});
  await client.connect();
  return client;
}
