// `\d NAME`: what a relation is made of, from the catalogue, by plain statements that are judged as any other.
import { EXIT } from '../exit-codes.ts';
import { visible, visibleLine } from '../output/visible.ts';
import { Problem } from '../problem.ts';
import { ask, runStatement, type Shell } from '../shell.ts';
import { type Asked, KIND } from './list.ts';
import { patternCondition } from './pattern.ts';

/** More are counted, not described. */
const MOST = 50;

/** Columns of each relation that matches, then its indexes, constraints, triggers, and what refers to it; a view's definition. */
export async function describeRelations(shell: Shell, asked: Asked): Promise<void> {
  const condition = patternCondition(asked.pattern, {
    schema: 'n.nspname',
    name: 'c.relname',
    visible: 'pg_catalog.pg_table_is_visible(c.oid)',
  });
  const found = await ask(
    shell.client,
    `SELECT c.oid, n.nspname AS schema, c.relname AS name, ${KIND} AS kind
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE ${condition} ORDER BY 2, 3 LIMIT ${MOST + 1}`,
  );
  if (found.length === 0)
    throw new Problem(EXIT.statement, `There is no relation "${asked.pattern}" on the search path.`);
  for (const { oid, schema, name, kind } of found.slice(0, MOST)) {
    if (!oid || !/^\d+$/.test(oid)) throw new Problem(EXIT.statement, 'The target gives no numbers for its relations.');
    await describe(shell, { oid, title: `${kind ?? ''} ${schema ?? ''}.${name ?? ''}`, kind: kind ?? '' }, asked.more);
  }
  if (found.length > MOST) shell.terminal.error.write(`… and more: ${MOST} are described at once.\n`);
}

interface Relation {
  oid: string;
  title: string;
  kind: string;
}

async function describe(shell: Shell, { oid, title, kind }: Relation, more: boolean): Promise<void> {
  print(shell, `${shell.style.bold(visibleLine(title))}\n`);
  await runStatement(
    shell,
    `SELECT a.attname AS column, pg_catalog.format_type(a.atttypid, a.atttypmod) AS type,
    CASE WHEN a.attnotnull THEN 'not null' ELSE '' END AS nullable,
    CASE WHEN a.attidentity <> '' THEN 'identity' WHEN d.adbin IS NULL THEN ''
      WHEN a.attgenerated <> '' THEN 'generated: ' || pg_catalog.pg_get_expr(d.adbin, d.adrelid)
      ELSE pg_catalog.pg_get_expr(d.adbin, d.adrelid) END AS default
    ${more ? ', pg_catalog.col_description(a.attrelid, a.attnum) AS description' : ''}
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
  await lines(
    shell,
    'Triggers',
    `SELECT pg_catalog.pg_get_triggerdef(t.oid, true) AS line FROM pg_catalog.pg_trigger t WHERE t.tgrelid = ${oid} AND NOT t.tgisinternal ORDER BY 1`,
  );
  if (kind === 'partitioned table') {
    await lines(
      shell,
      'Partitions',
      `SELECT i.inhrelid::pg_catalog.regclass::text || ' ' || pg_catalog.pg_get_expr(c.relpartbound, c.oid) AS line FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = ${oid} ORDER BY 1 LIMIT 200`,
    );
  }
  if (kind.endsWith('view'))
    await lines(shell, 'Definition', `SELECT pg_catalog.pg_get_viewdef(${oid}::oid, true) AS line`);
}

async function lines(shell: Shell, title: string, text: string): Promise<void> {
  const rows = await ask(shell.client, text);
  if (rows.length === 0) return;
  const shown = rows.map(({ line }) => `  ${visible(line ?? '').replaceAll('\n', '\n  ')}\n`);
  print(shell, `${shell.style.bold(title)}\n${shown.join('')}`);
}

function print({ redirect, terminal }: Shell, text: string): void {
  (redirect?.output ?? terminal.output).write(text);
}
