// The names that completion offers, asked of the target by plain statements that are judged and recorded as any other.
import pg from 'pg';
import type { GatewayClient } from '../gateway-client.ts';
import { ask } from '../shell.ts';
import { StatementError } from '../statement-error.ts';
import type { Named } from './context.ts';

export interface Catalogue {
  /** Relations that are found without their schema, and those that need it. */
  relations: { schema: string; name: string; visible: boolean }[];
  schemas: string[];
  functions: { schema: string; name: string; visible: boolean }[];
  types: string[];
  settings: string[];
}

/** A database of more has them completed by what is typed of a schema; nobody reads a longer list. */
const MOST = 20_000;
/** Milliseconds until it is asked for again. */
const FRESH_MS = 60_000;

const OUTSIDE = "n.nspname NOT LIKE 'pg\\_toast%' AND n.nspname NOT LIKE 'pg\\_temp%'";
const QUERIES = {
  relations: `SELECT n.nspname AS schema, c.relname AS name, pg_catalog.pg_table_is_visible(c.oid) AS visible
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND NOT c.relispartition AND ${OUTSIDE} ORDER BY n.nspname LIKE 'pg\\_%', 2 LIMIT ${MOST}`,
  functions: `SELECT DISTINCT n.nspname AS schema, p.proname AS name, pg_catalog.pg_function_is_visible(p.oid) AS visible
  FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
  WHERE p.proname !~ '^(_|pg_stat_get_|RI_)' AND ${OUTSIDE} ORDER BY 2 LIMIT ${MOST}`,
  types: `SELECT t.typname AS name FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
  WHERE t.typelem = 0 AND t.typrelid = 0 AND t.typname !~ '^[_]' AND pg_catalog.pg_type_is_visible(t.oid) ORDER BY 1 LIMIT ${MOST}`,
  schemas: `SELECT n.nspname AS name FROM pg_catalog.pg_namespace n WHERE ${OUTSIDE} ORDER BY 1 LIMIT ${MOST}`,
  settings: 'SELECT name FROM pg_catalog.pg_settings ORDER BY 1',
};

export interface Names {
  catalogue(): Promise<Catalogue | null>;
  /** Names of a relation's columns; none where there is no such relation. */
  columns(relation: Named): Promise<string[]>;
  /** What a statement may have changed is asked for again. */
  changed(): void;
}

/** `client`: of the session as it is at the moment. Nothing is asked in write mode or in a transaction: what is known then is used. */
export function makeNames(client: () => GatewayClient, now: () => number): Names {
  let known: { of: GatewayClient; at: number; catalogue: Catalogue; columns: Map<string, string[]> } | null = null;
  const idle = () => client().state.mode === 'read' && client().transaction === 'I' && !client().busy;
  const quietly = async <T>(asked: () => Promise<T>): Promise<T | null> => {
    try {
      return await asked();
    } catch (error) {
      // Policy may refuse them, and a connection may be lost: the next statement says so.
      if (error instanceof StatementError || !client().usable) return null;
      throw error;
    }
  };
  const catalogue = async (): Promise<Catalogue | null> => {
    const of = client();
    if (known?.of === of && (now() - known.at < FRESH_MS || !idle())) return known.catalogue;
    if (!idle()) return null;
    const rows = async (text: string) => (await quietly(() => ask(of, text))) ?? [];
    const named = (found: Record<string, string | null>[]) =>
      found.map(({ schema, name, visible }) => ({ schema: schema ?? '', name: name ?? '', visible: visible === 't' }));
    const found: Catalogue = {
      relations: named(await rows(QUERIES.relations)),
      functions: named(await rows(QUERIES.functions)),
      types: (await rows(QUERIES.types)).map(({ name }) => name ?? ''),
      schemas: (await rows(QUERIES.schemas)).map(({ name }) => name ?? ''),
      settings: (await rows(QUERIES.settings)).map(({ name }) => name ?? ''),
    };
    known = { of, at: now(), catalogue: found, columns: new Map() };
    return found;
  };
  return {
    catalogue,
    columns: async ({ schema, name }) => {
      if (!(await catalogue()) || !known) return [];
      const key = JSON.stringify([schema, name]);
      const before = known.columns.get(key);
      if (before || !idle()) return before ?? [];
      const where =
        schema === null ? 'pg_catalog.pg_table_is_visible(c.oid)' : `n.nspname = ${pg.escapeLiteral(schema).trim()}`;
      const text = `SELECT a.attname AS name FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relname = ${pg.escapeLiteral(name).trim()} AND ${where} AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`;
      const of = client();
      const found = ((await quietly(() => ask(of, text))) ?? []).map((row) => row.name ?? '');
      known.columns.set(key, found);
      return found;
    },
    changed: () => {
      if (known) known.at = Number.NEGATIVE_INFINITY;
    },
  };
}

/** Statements after which names may be others. */
export const CHANGES_NAMES = /^(CREATE|ALTER|DROP|SET|RESET|DISCARD|IMPORT|COMMIT|ROLLBACK)\b/i;
