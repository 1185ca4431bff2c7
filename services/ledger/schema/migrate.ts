import { runMigrations } from 'graphile-worker';
import pg from 'pg';
import { type Migration, readMigrations } from './migrations.ts';
import { SchemaMismatch } from './mismatch.ts';
import { AUDITOR_ROLE, ensureRole, GATEWAY_ROLE, refusePowerfulRole } from './roles.ts';
import { grantWorker } from './worker-grants.ts';

export interface MigrateOptions {
  /** Makes `sudoql_gateway` a login with this password. Without it the role is only made, for the operator to complete. */
  gatewayPassword?: string;
  auditorPassword?: string;
  /** Told of each step that was done, for the command line. */
  onStep?: (step: string) => void;
  /** For tests: other files than the project's own. */
  migrations?: Migration[];
}

const UNIQUE_VIOLATION = '23505';
/** The class is "sudo" in ASCII. */
const MIGRATION_LOCK = 'pg_advisory_lock(1937073007, 1)';

/**
 * Brings the ledger's database to this version's schema, as its owner. Safe to run again and by several at once.
 * Returns the names of the migrations that this call applied. Throws SchemaMismatch.
 */
export async function migrate(owner: pg.ClientConfig, options: MigrateOptions = {}): Promise<string[]> {
  const migrations = options.migrations ?? (await readMigrations());
  const step = options.onStep ?? (() => {});
  const client = new pg.Client(owner);
  client.on('error', () => {});
  await client.connect();
  try {
    // Roles are altered and grants given in several statements: one installer at a time.
    await client.query(`SELECT ${MIGRATION_LOCK}`);
    await ensureRole(client, GATEWAY_ROLE, options.gatewayPassword);
    await ensureRole(client, AUDITOR_ROLE, options.auditorPassword);
    await closeDoors(client);
    const applied = await applyAll(client, migrations);
    for (const name of applied) step(`applied ${name}`);
    await installWorker(owner);
    await grantWorker(client);
    await refusePowerfulRole(client, GATEWAY_ROLE);
    await refusePowerfulRole(client, AUDITOR_ROLE);
    step(applied.length === 0 ? 'the schema is up to date' : 'the schema is now up to date');
    return applied;
  } finally {
    await client.end();
  }
}

/** PUBLIC may connect to every new database, the target's logins too if they live in this cluster. */
async function closeDoors(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>('SELECT current_database() AS name');
  const database = pg.escapeIdentifier(rows[0]?.name ?? '');
  await client.query(`REVOKE CONNECT, TEMPORARY ON DATABASE ${database} FROM PUBLIC`);
  await client.query(`GRANT CONNECT ON DATABASE ${database} TO ${GATEWAY_ROLE}, ${AUDITOR_ROLE}`);
  await client.query('REVOKE CREATE ON SCHEMA public FROM PUBLIC');
}

async function applyAll(client: pg.Client, migrations: Migration[]): Promise<string[]> {
  await client.query(`
    CREATE TABLE IF NOT EXISTS migration (
      id int PRIMARY KEY,
      name text NOT NULL,
      checksum text NOT NULL,
      applied_at timestamptz NOT NULL DEFAULT now()
    );
    GRANT SELECT ON migration TO ${GATEWAY_ROLE}`);
  await checkApplied(client, migrations);
  const applied: string[] = [];
  for (const migration of migrations) {
    if (await applyOne(client, migration)) applied.push(migration.name);
  }
  return applied;
}

/** Throws SchemaMismatch unless the database holds a subset of `migrations`, unchanged. For `migrate` and for the gateway's start. */
async function checkApplied(client: pg.ClientBase, migrations: Migration[]): Promise<Set<number>> {
  const { rows } = await client.query<{ id: number; name: string; checksum: string }>(
    'SELECT id, name, checksum FROM migration ORDER BY id',
  );
  for (const { id, name, checksum } of rows) {
    const known = migrations.find((migration) => migration.id === id);
    if (!known) {
      throw new SchemaMismatch(
        `The ledger has the migration ${name}, which this version does not know: it is older than the schema.`,
      );
    }
    if (known.checksum !== checksum) {
      throw new SchemaMismatch(`The migration ${name} was applied with other contents than this version's file has.`);
    }
  }
  return new Set(rows.map((row) => row.id));
}

/** For the gateway's start, as its own login. Throws SchemaMismatch when the ledger was not migrated to this version, or past it. */
export async function checkSchema(client: pg.ClientBase): Promise<void> {
  const migrations = await readMigrations();
  const there = await checkApplied(client, migrations).catch((error: unknown) => {
    if (error instanceof pg.DatabaseError && error.code === '42P01') return new Set<number>();
    throw error;
  });
  const missing = migrations.filter(({ id }) => !there.has(id));
  if (missing.length > 0) {
    throw new SchemaMismatch(`The ledger lacks ${missing.map(({ name }) => name).join(', ')}: run "sudoqld migrate".`);
  }
}

async function applyOne(client: pg.Client, migration: Migration): Promise<boolean> {
  const { rowCount } = await client.query('SELECT FROM migration WHERE id = $1', [migration.id]);
  if (rowCount === 1) return false;
  await client.query('BEGIN');
  let first = false;
  try {
    // First, so that another installer (whose lock a pooler lost) waits here and then collides.
    await client.query('INSERT INTO migration (id, name, checksum) VALUES ($1, $2, $3)', [
      migration.id,
      migration.name,
      migration.checksum,
    ]);
    first = true;
    await client.query(migration.sql);
    await client.query('COMMIT');
    return true;
  } catch (error) {
    await client.query('ROLLBACK');
    if (!first && error instanceof pg.DatabaseError && error.code === UNIQUE_VIOLATION) return false;
    throw new Error(`Migration ${migration.name} failed: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

async function installWorker(owner: pg.ClientConfig): Promise<void> {
  const pool = new pg.Pool({ ...owner, max: 1 });
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  try {
    await runMigrations({ pgPool: pool });
  } finally {
    await pool.end();
  }
}
