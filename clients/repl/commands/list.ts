// `\dt` and its kin: lists from the catalogue, by plain statements that are judged as any other.
import { runStatement, type Shell } from '../shell.ts';
import { patternCondition } from './pattern.ts';

export interface Asked {
  /** As it was typed; empty for all. */
  pattern: string;
  /** `+` */
  more: boolean;
  /** `S`: the system's own too. */
  system: boolean;
}

export const KIND = `CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'v' THEN 'view'
    WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table' WHEN 'S' THEN 'sequence' WHEN 'i' THEN 'index'
    WHEN 'I' THEN 'partitioned index' WHEN 'c' THEN 'type' ELSE c.relkind::text END`;

/** psql's letters. */
const KINDS: Record<string, string> = { t: "'r', 'p'", v: "'v'", m: "'m'", i: "'i', 'I'", s: "'S'", E: "'f'" };
export const RELATION_LETTERS = Object.keys(KINDS).join('');

/** What is the system's is left out unless it is asked for. */
function which({ pattern, system }: Asked, columns: Parameters<typeof patternCondition>[1]): string {
  if (pattern !== '') return patternCondition(pattern, columns);
  if (!columns.schema) return 'true';
  const ours = `${columns.schema} <> 'information_schema' AND ${columns.schema} NOT LIKE 'pg\\_%'`;
  return system ? `${columns.schema} NOT LIKE 'pg\\_toast%'` : ours;
}

/** Tables, views, … by psql's letters, with the rows that the planner expects. */
export async function listRelations(shell: Shell, letters: string, asked: Asked): Promise<void> {
  const kinds = [...letters].map((letter) => KINDS[letter] ?? '').join(', ');
  const indexes = letters.includes('i');
  await runStatement(
    shell,
    `SELECT n.nspname AS schema, c.relname AS name, ${KIND} AS kind, pg_catalog.pg_get_userbyid(c.relowner) AS owner,
    ${indexes ? 't.relname AS "table",' : ''}
    CASE WHEN c.relkind IN ('r', 'm') AND c.reltuples >= 0 THEN c.reltuples::bigint END AS "rows, about"
    ${asked.more ? `, pg_catalog.pg_size_pretty(pg_catalog.pg_table_size(c.oid)) AS size, pg_catalog.obj_description(c.oid, 'pg_class') AS description` : ''}
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    ${indexes ? 'LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid LEFT JOIN pg_catalog.pg_class t ON t.oid = i.indrelid' : ''}
  WHERE c.relkind IN (${kinds}) AND ${asked.pattern === '' ? 'NOT c.relispartition' : 'true'}
    AND ${which(asked, { schema: 'n.nspname', name: 'c.relname', visible: 'pg_catalog.pg_table_is_visible(c.oid)' })}
  ORDER BY 1, 2`,
  );
}

export async function listFunctions(shell: Shell, asked: Asked): Promise<void> {
  await runStatement(
    shell,
    `SELECT n.nspname AS schema, p.proname AS name, pg_catalog.pg_get_function_result(p.oid) AS result,
    pg_catalog.pg_get_function_arguments(p.oid) AS arguments,
    CASE p.prokind WHEN 'a' THEN 'aggregate' WHEN 'w' THEN 'window' WHEN 'p' THEN 'procedure' ELSE 'function' END AS kind
    ${
      asked.more
        ? `, CASE p.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END AS volatility,
    pg_catalog.pg_get_userbyid(p.proowner) AS owner, CASE WHEN p.prosecdef THEN 'definer' ELSE 'invoker' END AS security,
    l.lanname AS language, pg_catalog.obj_description(p.oid, 'pg_proc') AS description`
        : ''
    }
  FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace JOIN pg_catalog.pg_language l ON l.oid = p.prolang
  WHERE ${which(asked, { schema: 'n.nspname', name: 'p.proname', visible: 'pg_catalog.pg_function_is_visible(p.oid)' })}
  ORDER BY 1, 2, 4`,
  );
}

export async function listSchemas(shell: Shell, asked: Asked): Promise<void> {
  const named =
    asked.pattern === ''
      ? which(asked, { schema: 'n.nspname', name: 'n.nspname', visible: null })
      : patternCondition(asked.pattern, { schema: null, name: 'n.nspname', visible: null });
  await runStatement(
    shell,
    `SELECT n.nspname AS name, pg_catalog.pg_get_userbyid(n.nspowner) AS owner
    ${asked.more ? ", n.nspacl AS privileges, pg_catalog.obj_description(n.oid, 'pg_namespace') AS description" : ''}
  FROM pg_catalog.pg_namespace n WHERE ${named} ORDER BY 1`,
  );
}

export async function listRoles(shell: Shell, asked: Asked): Promise<void> {
  const named =
    asked.pattern !== ''
      ? patternCondition(asked.pattern, { schema: null, name: 'r.rolname', visible: null })
      : asked.system
        ? 'true'
        : "r.rolname NOT LIKE 'pg\\_%'";
  await runStatement(
    shell,
    `SELECT r.rolname AS name, pg_catalog.concat_ws(', ', CASE WHEN r.rolsuper THEN 'superuser' END, CASE WHEN NOT r.rolcanlogin THEN 'cannot log in' END,
      CASE WHEN r.rolcreaterole THEN 'create role' END, CASE WHEN r.rolcreatedb THEN 'create database' END,
      CASE WHEN r.rolreplication THEN 'replication' END, CASE WHEN r.rolbypassrls THEN 'bypass row security' END,
      CASE WHEN r.rolconnlimit >= 0 THEN r.rolconnlimit || ' connections' END) AS attributes,
    ARRAY(SELECT b.rolname FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles b ON b.oid = m.roleid WHERE m.member = r.oid ORDER BY 1) AS "member of"
    ${asked.more ? ", pg_catalog.shobj_description(r.oid, 'pg_authid') AS description" : ''}
  FROM pg_catalog.pg_roles r WHERE ${named} ORDER BY 1`,
  );
}

export async function listExtensions(shell: Shell, { pattern }: Asked): Promise<void> {
  const named = pattern === '' ? 'true' : patternCondition(pattern, { schema: null, name: 'e.extname', visible: null });
  await runStatement(
    shell,
    `SELECT e.extname AS name, e.extversion AS version, n.nspname AS schema, pg_catalog.obj_description(e.oid, 'pg_extension') AS description
  FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace WHERE ${named} ORDER BY 1`,
  );
}
