// For tests: a connected client, as the function that catalogues are given.
import pg from 'pg';
import type { Cluster } from '../../../test/helpers/postgres.ts';

export async function connectTo(cluster: Cluster, database?: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: cluster.url(database) });
  client.on('error', () => {});
  await client.connect();
  return client;
}
