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
    const said = (await quietly(client, sql)) ?? (await openly(client, sql));
    tried.push({ who, sql, refused: said === RAN ? null : said, severity });
  }
  return tried;
}

const RAN = 'SQ000 it ran';
/** Of what cannot be tried inside of a block, or where there is no language for one: that proves nothing. */
const BLOCK_IS_WHY = /^(0A000|25\w{3}|42704|42501 permission denied for language) /;

/**
 * Inside of a block that catches the error and takes back what ran: an error that is caught leaves no line in the server's log,
 * and a hundred and fifty of them would look like an attack. Null where it must be tried by itself.
 */
async function quietly(client: pg.Client, sql: string): Promise<string | null> {
  const block = `DO $sudoql_doctor$
    DECLARE said pg_catalog.text;
    BEGIN
      BEGIN
        EXECUTE ${pg.escapeLiteral(sql)};
        RAISE EXCEPTION USING ERRCODE = 'SQ000', MESSAGE = 'it ran';
      EXCEPTION WHEN OTHERS THEN said := SQLSTATE || ' ' || SQLERRM;
      END;
      PERFORM pg_catalog.set_config('sudoql.tried', said, true);
    END $sudoql_doctor$`;
  try {
    await client.query('BEGIN READ WRITE');
    await client.query(block);
    const [row] = await rows<{ said: string | null }>(client, `SELECT current_setting('sudoql.tried', true) AS said`);
    const said = row?.said || null;
    return said !== null && BLOCK_IS_WHY.test(said) ? null : said;
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code === undefined) throw error;
    return null;
  } finally {
    await client.query('ROLLBACK');
  }
}

async function openly(client: pg.Client, sql: string): Promise<string> {
  await client.query('BEGIN READ WRITE');
  try {
    await client.query(sql);
    return RAN;
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code === undefined) throw error;
    return `${error.code} ${error.message}`;
  } finally {
    await client.query('ROLLBACK');
  }
}
