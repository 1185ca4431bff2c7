// For tests of this part and of those above it: a migrated ledger in a cluster of the test's own.
import type pg from 'pg';
import type { Cluster } from '../../test/helpers/postgres.ts';
import { migrate } from './schema/migrate.ts';

const PASSWORD = 'for tests: gateway';

/** Creates and migrates a database; returns how the gateway's login connects to it. */
export async function migratedLedger(cluster: Cluster, database = 'ledger'): Promise<pg.ClientConfig> {
  await cluster.createDatabase(database);
  await migrate(
    { connectionString: cluster.url(database) },
    { gatewayPassword: PASSWORD, auditorPassword: 'for tests: auditor' },
  );
  return {
    host: '127.0.0.1',
    port: cluster.port,
    database,
    user: 'sudoql_gateway',
    password: PASSWORD,
  };
}
