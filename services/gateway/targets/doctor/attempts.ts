import pg from 'pg';
import type { Attempt } from './findings.ts';
import { type LoginName, rows } from './target-logins.ts';

/** What a server that the operator does not own may not let him revoke; analysis refuses it. */
const WEAK = /^(CREATE TEMP|SELECT lo_create|SELECT pg_logical)/;
/** Relations that are tried, at most: EXPLAIN asks for the rights and runs nothing. */
const RELATIONS = 20;

/**
 * Tries what must be refused, each in a transaction that is rolled back, the reader's with READ ONLY taken off: the grants must hold alone.
 * A subset of test/bypass: only what leaves nothing behind even if it succeeds, fires no trigger and takes no lock that others feel.
 */
export async function attempts(
  clients: Record<LoginName, pg.Client>,
  { controlWrites }: { controlWrites: boolean },
): Promise<Attempt[]> {
  const [backend] = await rows<{ pid: number }>(clients.control, 'SELECT pg_backend_pid() AS pid');
  const login = async (name: LoginName) =>
    pg.escapeIdentifier((await rows<{ name: string }>(clients[name], 'SELECT session_user AS name'))[0]?.name ?? '');
  const [reader, writer, control] = [await login('reader'), await login('writer'), await login('control')];
  const relations = (
    await rows<{ name: string }>(
      clients.reader,
      `SELECT format('%I.%I', nspname, relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
       WHERE relkind IN ('r', 'p') AND nspname !~ '^pg_' AND nspname <> 'information_schema' AND has_schema_privilege(n.oid, 'USAGE') ORDER BY 1 LIMIT ${RELATIONS}`,
    )
  ).map(({ name }) => name);
  const everyone = [
    'CREATE TEMP TABLE sudoql_doctor ()',
    'CREATE SCHEMA sudoql_doctor',
    'CREATE ROLE sudoql_doctor',
    'SET session_replication_role = replica',
    'SET SESSION AUTHORIZATION DEFAULT; SET ROLE pg_write_all_data',
    `DO $$ BEGIN EXECUTE 'SET ROLE pg_write_all_data'; END $$`,
    'GRANT pg_write_all_data TO CURRENT_USER',
    `UPDATE pg_catalog.pg_settings SET setting = 'replica' WHERE name = 'session_replication_role'`,
    `SET log_statement = 'none'`,
    `LOAD 'auto_explain'`,
    `COPY (SELECT 1) TO PROGRAM 'true'`,
    `COPY (SELECT 1) TO '/dev/null'`,
    `SELECT pg_read_file('PG_VERSION')`,
    `SELECT pg_ls_dir('.') LIMIT 0`,
    'SELECT rolpassword FROM pg_catalog.pg_authid LIMIT 0',
    'SELECT umoptions FROM pg_catalog.pg_user_mapping LIMIT 0',
    'SELECT data FROM pg_catalog.pg_largeobject LIMIT 0',
    'CREATE PUBLICATION sudoql_doctor',
    'CREATE FOREIGN DATA WRAPPER sudoql_doctor',
    `SELECT pg_replication_origin_create('sudoql_doctor')`,
    'SELECT lo_create(0)',
    `SELECT pg_logical_emit_message(true, 'sudoql', 'doctor')`,
  ];
  const signal = `SELECT pg_cancel_backend(${backend?.pid ?? 0})`;
  return [
    ...(await tryAll(clients.reader, 'reader', [
      ...everyone,
      `SET ROLE ${writer}`,
      `SET ROLE ${control}`,
      signal,
      ...relations.map((name) => `EXPLAIN DELETE FROM ${name}`),
    ])),
    ...(await tryAll(clients.writer, 'writer', [...everyone, `SET ROLE ${reader}`, `SET ROLE ${control}`, signal])),
    ...(await tryAll(clients.control, 'control', [
      ...everyone,
      `SET ROLE ${reader}`,
      `SET ROLE ${writer}`,
      ...(controlWrites ? [] : relations.map((name) => `EXPLAIN DELETE FROM ${name}`)),
    ])),
  ];
}

async function tryAll(client: pg.Client, who: LoginName, statements: string[]): Promise<Attempt[]> {
  const tried: Attempt[] = [];
  for (const sql of statements) {
    const severity = WEAK.test(sql) ? 'weak' : 'wrong';
    await client.query('BEGIN READ WRITE');
    try {
      await client.query(sql);
      tried.push({ who, sql, refused: null, severity });
    } catch (error) {
      if (!(error instanceof pg.DatabaseError) || error.code === undefined) throw error;
      tried.push({ who, sql, refused: `${error.code} ${error.message}`, severity });
    } finally {
      await client.query('ROLLBACK');
    }
  }
  return tried;
}
