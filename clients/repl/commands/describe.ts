// `\d`: what there is, read from the catalogue by plain statements that are judged as any other.
import pg from 'pg';
import { EXIT } from '../exit-codes.ts';
import { visibleLine } from '../output/visible.ts';
import { Problem } from '../problem.ts';
import { ask, runStatement, type Shell } from '../shell.ts';

const KIND = `CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'v' THEN 'view'
    WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table' WHEN 'S' THEN 'sequence' WHEN 'i' THEN 'index'
    WHEN 'I' THEN 'partitioned index' WHEN 'c' THEN 'type' ELSE c.relkind::text END`;

/** Tables and views outside the system's schemas, with the rows that the planner expects. */
export async function listRelations(shell: Shell): Promise<void> {
  await runStatement(
    shell,
    `SELECT n.nspname AS schema, c.relname AS name, ${KIND} AS kind,
    CASE WHEN c.relkind IN ('r', 'm') AND c.reltuples >= 0 THEN c.reltuples::bigint END AS "rows, about"
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
    AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
  ORDER BY 1, 2`,
  );
}

/** Columns of a relation, then its indexes, constraints, and what refers to it; a view's definition. */
export async function describeRelation(shell: Shell, given: string): Promise<void> {
  const { terminal, style } = shell;
  const relation = await find(shell, given);
  terminal.output.write(`${style.bold(visibleLine(`${relation.kind} ${relation.schema}.${relation.name}`))}\n`);
  const { oid } = relation;
  await runStatement(
    shell,
    `SELECT a.attname AS column, pg_catalog.format_type(a.atttypid, a.atttypmod) AS type,
    CASE WHEN a.attnotnull THEN 'not null' ELSE '' END AS nullable,
    CASE WHEN a.attidentity <> '' THEN 'identity' WHEN d.adbin IS NULL THEN '' ELSE pg_catalog.pg_get_expr(d.adbin, d.adrelid) END AS default
  FROM pg_catalog.pg_attribute a LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  WHERE a.attrelid = ${oid} AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`,
  );
  await lines(
    shell,
    'Indexes',
    `SELECT pg_catalog.pg_get_indexdef(i.indexrelid) AS line FROM pg_catalog.pg_index i WHERE i.indrelid = ${oid} ORDER BY i.indisprimary DESC, 1`,
  );
  await lines(
    shell,
    'Constraints',
    `SELECT k.conname || ' ' || pg_catalog.pg_get_constraintdef(k.oid) AS line FROM pg_catalog.pg_constraint k WHERE k.conrelid = ${oid} AND k.contype <> 'n' ORDER BY 1`,
  );
  await lines(
    shell,
    'Referred to by',
    `SELECT k.conrelid::pg_catalog.regclass::text || ': ' || pg_catalog.pg_get_constraintdef(k.oid) AS line FROM pg_catalog.pg_constraint k WHERE k.confrelid = ${oid} AND k.contype = 'f' ORDER BY 1`,
  );
  if (relation.kind.endsWith('view')) {
    await lines(shell, 'Definition', `SELECT pg_catalog.pg_get_viewdef(${oid}::oid, true) AS line`);
  }
}

async function lines({ client, terminal, style }: Shell, title: string, text: string): Promise<void> {
  const rows = await ask(client, text);
  if (rows.length === 0) return;
  terminal.output.write(
    `${style.bold(title)}\n${rows.map(({ line }) => `  ${visibleLine(line ?? '').replaceAll('↵', '\n  ')}\n`).join('')}`,
  );
}

interface Relation {
  oid: string;
  schema: string;
  name: string;
  kind: string;
}

/** Finds `name` on the search path, or `schema.name`; quoted names keep their case. */
async function find({ client }: Shell, given: string): Promise<Relation> {
  const parts = [...given.matchAll(/"((?:[^"]|"")*)"|([^".]+)/g)].map(([, quoted, plain]) =>
    quoted === undefined ? (plain ?? '').toLowerCase() : quoted.replaceAll('""', '"'),
  );
  const name = parts.at(-1);
  const schema = parts.at(-2);
  if (!name || parts.length > 2)
    throw new Problem(EXIT.usage, `"${given}" is not a name.`, '\\d orders, or \\d public.orders');
  const where =
    schema === undefined ? 'pg_catalog.pg_table_is_visible(c.oid)' : `n.nspname = ${pg.escapeLiteral(schema).trim()}`;
  const [row] = await ask(
    client,
    `SELECT c.oid, n.nspname AS schema, c.relname AS name, ${KIND} AS kind
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relname = ${pg.escapeLiteral(name).trim()} AND ${where}`,
  );
  const { oid, kind } = row ?? {};
  if (!oid || !/^\d+$/.test(oid))
    throw new Problem(EXIT.statement, `There is no relation "${given}" on the search path.`);
  return { oid, kind: kind ?? '', schema: row?.schema ?? '', name: row?.name ?? name };
}
