// For tests of this part and of those above it: a migrated ledger in a cluster of the test's own.
import type pg from 'pg';
import { hashOf } from '../../test/helpers/data-directory.ts';
import { type Cluster, type PostgresOptions, startPostgres } from '../../test/helpers/postgres.ts';
import { migrate } from './schema/migrate.ts';

const PASSWORD = 'for tests: gateway';
/** A migrated database that nobody connects to: new ledgers are copies of it, which cost a third of their migrations. */
const UNTOUCHED = 'untouched_ledger';

/** A server on which ledgers are made fast, and whose logins of a ledger are there already. */
export async function startLedgerPostgres(options: PostgresOptions = {}): Promise<Cluster> {
  const name = `ledger-${await hashOf(['services/ledger/schema', 'services/ledger/testing.ts', 'package-lock.json'])}`;
  return startPostgres({ ...options, prepared: { name, prepare } });
}

async function prepare(cluster: Cluster): Promise<void> {
  await cluster.createDatabase(UNTOUCHED);
  await migrateDatabase(cluster, UNTOUCHED);
}

/** Creates and migrates a database; returns how the gateway's login connects to it. */
export async function migratedLedger(cluster: Cluster, database = 'ledger'): Promise<pg.ClientConfig> {
  await cluster.createDatabase(database, cluster.prepared?.startsWith('ledger-') ? UNTOUCHED : undefined);
  // Also where it is migrated: what holds for a database, such as who may connect, is not copied.
  await migrateDatabase(cluster, database);
  return {
    host: '127.0.0.1',
    port: cluster.port,
    database,
    user: 'sudoql_gateway',
    password: PASSWORD,
  };
}

async function migrateDatabase(cluster: Cluster, database: string): Promise<void> {
  await migrate(
    { connectionString: cluster.url(database) },
    { gatewayPassword: PASSWORD, auditorPassword: 'for tests: auditor' },
  );
}
