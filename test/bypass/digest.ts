// What must be the same before and after a refused case, as a superuser sees it.
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import type pg from 'pg';
import { OWN_FILES } from './cases.ts';

/** Part → what it was. Two digests differ in the parts whose texts differ. */
export type Digest = Record<string, string>;

const catalogues =
  `pg_class pg_attribute pg_attrdef pg_proc pg_type pg_operator pg_cast pg_namespace pg_constraint pg_rewrite pg_trigger
  pg_policy pg_description pg_seclabel pg_default_acl pg_extension pg_foreign_server pg_foreign_table pg_user_mapping pg_index
  pg_statistic_ext pg_enum pg_aggregate pg_am pg_language pg_collation pg_event_trigger pg_publication pg_largeobject_metadata
  pg_authid pg_auth_members pg_database pg_db_role_setting pg_subscription pg_tablespace pg_parameter_acl pg_shdescription
  pg_replication_origin`.split(/\s+/);

const SESSIONS = `SELECT string_agg(pid::text, ',' ORDER BY pid) FROM pg_stat_activity WHERE application_name = 'bystander'`;

/** Which transactions with an id have ended, and which have not: no row of a table changes without an id, nor is seen before its end. */
const IDS = 'transaction ids';
/** Rows of tables and of the catalogue, which are only looked at again when ids were taken: they are most of the work. */
const OF_ROWS = new Set(['catalogue', 'large objects']);

const QUERIES: Record<string, string> = {
  catalogue: `SELECT concat_ws(' ', ${catalogues
    .map((name) => `(SELECT concat(count(*), '/', sum(hashtextextended(concat(t.xmin, t.ctid), 0))) FROM ${name} t)`)
    .join(', ')})`,
  relations: `SELECT md5(string_agg(concat(relname, relfilenode, reltuples, relpages, relacl), ',' ORDER BY oid)) FROM pg_class WHERE oid >= 16384`,
  statistics: `SELECT count(*)::text FROM pg_statistic WHERE starelid >= 16384`,
  temporary: `SELECT count(*)::text FROM pg_class WHERE relpersistence = 't'`,
  sequences: `SELECT string_agg(concat(schemaname, sequencename, last_value), ',' ORDER BY 1) FROM pg_sequences`,
  'large objects': `SELECT concat(count(*), md5(string_agg(concat(loid, pageno, data), ',' ORDER BY loid, pageno))) FROM pg_largeobject`,
  files: `SELECT concat((SELECT string_agg(f, ',' ORDER BY f) FROM pg_ls_dir('.') f), (SELECT count(*) FROM pg_ls_dir('pg_snapshots')),
    (SELECT count(*) FROM pg_ls_dir('pg_twophase')), (SELECT modification FROM pg_stat_file('postgresql.auto.conf')), pg_conf_load_time())`,
  slots: `SELECT concat((SELECT count(*) FROM pg_replication_slots), '/', (SELECT count(*) FROM pg_prepared_xacts))`,
  databases: `SELECT string_agg(datname, ',' ORDER BY datname) FROM pg_database WHERE datname NOT LIKE 'bypass%'`,
  'held locks': `SELECT string_agg(concat(locktype, mode), ',' ORDER BY 1) FROM pg_locks WHERE granted AND pid <> pg_backend_pid()
    AND (locktype = 'advisory' OR mode NOT IN ('AccessShareLock', 'ExclusiveLock') OR (mode = 'ExclusiveLock' AND locktype <> 'virtualxid'))`,
  'other sessions': SESSIONS,
  [IDS]: `SELECT pg_current_snapshot()::text`,
};

/** Tables of the fixture, asked for once per database. */
const TABLES = `SELECT string_agg(format('SELECT %L || md5(coalesce(string_agg(t::text, '','' ORDER BY t::text), '''')) AS d FROM ONLY %I.%I t', relname, nspname, relname), ' UNION ALL ' ORDER BY nspname, relname)
  FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind = 'r' AND nspname IN ('public', 'app', 'shadow')`;

/** Takes a digest through a superuser's connection to the corpus's database. `before`: one that it was taken after. */
export async function takeDigest(client: pg.Client, before?: Digest): Promise<Digest> {
  const digest = await partsOf(client, (name) => !OF_ROWS.has(name));
  digest['files of ours'] = (await readdir(tmpdir())).filter((name) => name.startsWith(OWN_FILES)).join(',');
  if (before && before[IDS] === digest[IDS]) return { ...before, ...digest };
  Object.assign(digest, await partsOf(client, (name) => OF_ROWS.has(name)));
  const tables = String((await client.query({ text: TABLES, rowMode: 'array' })).rows[0]?.[0]);
  const contents = await client.query({ text: tables, rowMode: 'array' });
  const held = contents.rows.map((row) => String((row as unknown[])[0]));
  digest.rows = held.sort().join(' ');
  return digest;
}

async function partsOf(client: pg.Client, which: (name: string) => boolean): Promise<Digest> {
  const names = Object.keys(QUERIES).filter(which);
  const text = `SELECT ${names.map((name) => `(${QUERIES[name]})`).join(', ')}`;
  const { rows } = await client.query({ text, rowMode: 'array' });
  return Object.fromEntries(names.map((name, i) => [name, String((rows[0] as unknown[])[i])]));
}

/** Names of the parts that differ. */
export function changes(before: Digest, after: Digest): string[] {
  return Object.keys(after).filter((part) => before[part] !== after[part]);
}

/** Where WAL stands. It moves by itself now and then, so what it says is asked for several times. */
export async function walPosition(client: pg.Client): Promise<string> {
  const { rows } = await client.query({ text: 'SELECT pg_current_wal_insert_lsn()::text', rowMode: 'array' });
  return String((rows[0] as unknown[])[0]);
}
