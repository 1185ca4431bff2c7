// Everything that the gateway itself says on a client's backend: the catalogue, and how it is said. In the extended protocol,
// under one name of ours for statement and portal: a simple Query would destroy the client's unnamed statement and portal.
// What is sent in the queue, between the client's own messages, is here as well (`hidden`).
import { randomBytes } from 'node:crypto';
import { bind, close, execute, parse, SYNC } from '../../wire/frames.ts';
import { POISON_TEXT } from '../client/poison.ts';
import type { Reply } from './replies.ts';

/** One statement of the gateway's own. Made only here, so that the catalogue is whole. */
export interface Question {
  readonly text: string;
  readonly [ours]: true;
}

declare const ours: unique symbol;
const question = (text: string): Question => ({ text }) as Question;

/** Of statement and portal alike; no client can have taken it. */
const NAME = `_sudoql_${randomBytes(9).toString('hex')}`;
const NAME_IN_BATCH = `${NAME}_in_batch`;

/**
 * Up to its ReadyForQuery. The name is freed first: an error may have left it. Sync ends no transaction block, and what stands
 * outside of one has no portals between two batches.
 */
export function asked({ text }: Question): Buffer {
  return Buffer.concat([
    close('P', NAME),
    close('S', NAME),
    parse(NAME, text),
    bind(NAME, NAME),
    execute(NAME),
    ...FREED,
    SYNC,
  ]);
}

const FREED = [close('P', NAME), close('S', NAME)];

/** The same for the queue of a batch, with no Sync. */
export function hidden({ text }: Question): [Reply, Buffer][] {
  const name = NAME_IN_BATCH;
  return [
    [{ kind: 'parse', hidden: true }, parse(name, text)],
    [{ kind: 'bind', hidden: true }, bind(name, name)],
    [{ kind: 'execute', hidden: true }, execute(name)],
    [{ kind: 'close', hidden: true }, close('P', name)],
    [{ kind: 'close', hidden: true }, close('S', name)],
  ];
}

export const literal = (text: string): string => {
  const quoted = text.replaceAll("'", "''");
  return text.includes('\\') ? ` E'${quoted.replaceAll('\\', '\\\\')}'` : `'${quoted}'`;
};

export const identifier = (name: string): string =>
  name
    .split('.')
    .map((part) => `"${part.replaceAll('"', '""')}"`)
    .join('.');

const set = (name: string, value: string) => `pg_catalog.set_config(${literal(name)}, ${literal(value)}, false)`;

/** Whatever operators the client's path has. */
const isOn = (setting: string) =>
  `pg_catalog.current_setting('${setting}') OPERATOR(pg_catalog.=) 'on'::pg_catalog.text`;

const COUNTED = ['inserted', 'updated', 'deleted'];

export const QUESTIONS = {
  begin: question('BEGIN'),
  rollback: question('ROLLBACK'),
  commit: question('COMMIT'),
  /** The client's own BEGIN, once more on the other backend. */
  beginAgain: (text: string) => question(text),
  /** Fails, and with it the transaction that it stands in. */
  fail: question(POISON_TEXT),
  searchPath: question('SHOW search_path'),
  /** What anybody may set and what a superuser may, and what roles and databases set that no library declares: deciding-settings.ts. */
  settings: question(`SELECT name, setting, reset_val, source, context FROM pg_catalog.pg_settings
    WHERE context OPERATOR(pg_catalog.=) ANY (ARRAY['user', 'superuser'])
    UNION ALL SELECT name, value, value, 'custom', 'user' FROM (SELECT name, pg_catalog.current_setting(name, true) AS value
      FROM (SELECT DISTINCT pg_catalog.split_part(entry, '=', 1) AS name
        FROM pg_catalog.pg_db_role_setting AS s, pg_catalog.unnest(s.setconfig) AS entry) AS named
      WHERE pg_catalog.strpos(name, '.') OPERATOR(pg_catalog.>) 0) AS custom`),
  /** Of these, those that there are, and whether the login may look into them. */
  schemas: (names: readonly string[]) =>
    question(`SELECT nspname, pg_catalog.has_schema_privilege(oid, 'USAGE') FROM pg_catalog.pg_namespace
      WHERE nspname OPERATOR(pg_catalog.=) ANY (ARRAY[${names.map(literal).join(', ')}]::pg_catalog.name[])`),
  set: (settings: Iterable<readonly [name: string, value: string]>) =>
    question(`SELECT ${[...settings].map(([name, value]) => set(name, value)).join(', ')}`),
  /** Settings of the client's own, that no library declares. */
  ownSettings: (names: readonly string[]) =>
    question(`SELECT name, pg_catalog.current_setting(name, true)
      FROM pg_catalog.unnest(ARRAY[${names.map(literal).join(', ')}]::text[]) AS name`),
  reset: (name: string) => question(`RESET ${identifier(name)}`),
  /** What the backend is in pg_stat_activity. */
  identity: question(`SELECT pg_catalog.to_char(backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00',
      pg_catalog.current_setting('transaction_read_only'), session_user, pg_catalog.pg_is_in_recovery()
    FROM pg_catalog.pg_stat_activity WHERE pid = pg_catalog.pg_backend_pid()`),
  /** Of the open transaction, where it has one: before its COMMIT, to ask the target what became of it, should that answer be lost. */
  transactionId: question('SELECT pg_catalog.pg_current_xact_id_if_assigned()'),
  /**
   * By table that this backend changed: rows inserted, updated, deleted, with those of earlier transactions that it has not handed on. The
   * functions look into the backend's own memory; by oid, for the view over them joins the catalogue. The first row says whether the server counts.
   */
  changedRows:
    question(`SELECT NULL::pg_catalog.name, pg_catalog.current_setting('track_counts')::pg_catalog.name, 0::bigint, 0::bigint, 0::bigint
    UNION ALL SELECT nspname, relname, ${COUNTED.map((how) => `pg_catalog.pg_stat_get_xact_tuples_${how}(c.oid)`).join(', ')}
    FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) relnamespace
    WHERE relkind OPERATOR(pg_catalog.=) 'r'::"char" AND c.oid OPERATOR(pg_catalog.>=) 16384::oid
      AND (${COUNTED.map((how) => `pg_catalog.pg_stat_get_xact_tuples_${how}(c.oid) OPERATOR(pg_catalog.>) 0::bigint`).join(' OR ')})`),
  temporaryTables: question(`SELECT relname FROM pg_catalog.pg_class
    WHERE relnamespace OPERATOR(pg_catalog.=) pg_catalog.pg_my_temp_schema()
      AND relkind OPERATOR(pg_catalog.=) ANY (ARRAY['r'::"char", 'v'::"char"]) ORDER BY relname LIMIT 100`),
  /** Cursors WITH HOLD, where there is no transaction. */
  closeAll: question('CLOSE ALL'),
  unlisten: question('UNLISTEN *'),
  beginReadOnly: question('BEGIN READ ONLY'),
  /**
   * No rows; an error that fails the transaction where something in it was written after all, or READ ONLY was left, for this
   * transaction or for those to come.
   */
  wroteNothing: question(`SELECT WHERE CASE WHEN pg_catalog.pg_current_xact_id_if_assigned() IS NULL
    AND ${isOn('transaction_read_only')} AND ${isOn('default_transaction_read_only')} THEN false
  ELSE pg_catalog.current_setting('sudoql.a read transaction that wrote is not committed') IS NULL END`),
} as const;
