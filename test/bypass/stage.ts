// The database that the corpus runs in: the fixture, its logins, a bystander, and the secrets that must not come out.
import { glob, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { setupTarget } from '../../services/gateway/targets/setup/setup-target.ts';
import type { Cluster } from '../helpers/postgres.ts';
import { OWN_FILES } from './cases.ts';

/** Parts of texts that only a breach can show. */
export const SECRETS = ['SCRAM-SHA-256$', 'planted-secret', 'shared_buffers = ', 'root:x:0'];

export const LOGINS = {
  reader: { user: 'corpus_reader', password: 'corpus-reader' },
  writer: { user: 'corpus_writer', password: 'corpus-writer' },
  control: { user: 'corpus_control', password: 'corpus-control' },
};

/** A superuser for the ways that measure analysis alone; not the one that looks on, whose password a case may change. */
const SUPERUSER = { user: 'corpus_superuser', password: 'corpus-superuser' };
const TEMPLATE = 'bypass_template';
export const DATABASE = 'bypass';

export interface Stage {
  config(login: keyof typeof LOGINS | 'superuser'): pg.ClientConfig;
  admin(): Promise<pg.Client>;
  /** Drops the database and makes it anew. Whoever was connected is cut off. */
  restore(): Promise<void>;
  remove(): Promise<void>;
}

/** `extensions`: made in `public` first, as applications have them. `more`: a fixture beside the usual one, by its path from here. */
export async function makeStage(cluster: Cluster, extensions: readonly string[] = [], more?: string): Promise<Stage> {
  await cluster.sql(`ALTER SYSTEM SET autovacuum = off; `);
  await cluster.sql('SELECT pg_reload_conf()');
  await cluster.sql(`CREATE ROLE ${SUPERUSER.user} LOGIN SUPERUSER PASSWORD '${SUPERUSER.password}'`);
  await cluster.createDatabase(TEMPLATE);
  for (const extension of extensions) await cluster.sql(`CREATE EXTENSION "${extension}" SCHEMA public`, TEMPLATE);
  for (const fixture of more === undefined ? ['fixture.sql'] : ['fixture.sql', more])
    await cluster.sql(await readFile(join(import.meta.dirname, fixture), 'utf8'), TEMPLATE);
  const admin = { connectionString: cluster.url(TEMPLATE) };
  await setupTarget(admin, { database: TEMPLATE, schemas: ['public', 'app'], ...LOGINS }, { apply: true });
  await cluster.sql(
    `GRANT USAGE ON SCHEMA shadow TO ${LOGINS.reader.user}; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public, shadow TO PUBLIC`,
    TEMPLATE,
  );

  let bystander: pg.Client | null = null;
  const connect = async (config: pg.ClientConfig) => {
    const client = new pg.Client(config);
    client.on('error', () => {});
    await client.connect();
    return client;
  };
  const make = async () => {
    for (const { user, password } of [SUPERUSER, ...Object.values(LOGINS)])
      await cluster.sql(
        `ALTER ROLE ${user} PASSWORD '${password}'; ALTER ROLE ${user} RESET ALL; DROP ROLE IF EXISTS intruder`,
      );
    await cluster.sql(`ALTER ROLE ${LOGINS.reader.user} SET default_transaction_read_only = on`);
    // What holds a database or a server back from being made anew.
    await cluster
      .sql('ALTER SUBSCRIPTION s DISABLE; ALTER SUBSCRIPTION s SET (slot_name = NONE); DROP SUBSCRIPTION s', DATABASE)
      .catch(() => undefined);
    await cluster.sql(
      "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = 'left_behind'",
    );
    await cluster.sql(`DROP DATABASE IF EXISTS ${DATABASE} WITH (FORCE)`);
    await cluster.sql(`CREATE DATABASE ${DATABASE} TEMPLATE ${TEMPLATE}`);
    await cluster.sql(
      `REVOKE CONNECT, TEMP ON DATABASE ${DATABASE} FROM PUBLIC; GRANT CONNECT ON DATABASE ${DATABASE} TO ${Object.values(
        LOGINS,
      )
        .map(({ user }) => user)
        .join(', ')}`,
    );
    bystander = await connect({ connectionString: cluster.url(DATABASE), application_name: 'bystander' });
    await bystander.query("SELECT 'planted-secret-statement'");
  };
  await make();
  const config = (login: keyof typeof LOGINS | 'superuser'): pg.ClientConfig => {
    const { user, password } = login === 'superuser' ? SUPERUSER : LOGINS[login];
    return { host: '127.0.0.1', port: cluster.port, database: DATABASE, user, password };
  };
  return {
    config,
    admin: () => connect({ connectionString: cluster.url(DATABASE) }),
    restore: async () => {
      await bystander?.end().catch(() => undefined);
      // What lies there already would hide that the next case wrote it.
      for await (const file of glob(`${OWN_FILES}*`, { cwd: tmpdir() }))
        await rm(join(tmpdir(), file), { force: true });
      await make();
    },
    remove: async () => {
      await bystander?.end().catch(() => undefined);
    },
  };
}
