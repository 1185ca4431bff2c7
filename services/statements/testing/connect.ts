// For tests: a connected client, as the function that catalogues are given, and catalogues that wait as long as a loaded machine takes.
import pg from 'pg';
import type { Cluster } from '../../../test/helpers/postgres.ts';
import { PATIENCE_MS } from '../../../test/helpers/until.ts';
import { type Catalogues, makeCatalogues } from '../catalogue.ts';

export async function connectTo(cluster: Cluster, database?: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: cluster.url(database) });
  client.on('error', () => {});
  await client.connect();
  return client;
}

export const cataloguesOf = (cluster: Cluster): Catalogues =>
  makeCatalogues({ connect: () => connectTo(cluster), deadlineMs: PATIENCE_MS });
