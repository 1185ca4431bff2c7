// `\sf`, `\sv` and `\ef`: a function's or a view's definition as the server words it.
import pg from 'pg';
import { EXIT } from '../exit-codes.ts';
import { visible } from '../output/visible.ts';
import { Problem } from '../problem.ts';
import { ask, type Shell } from '../shell.ts';

/** `name`, `schema.name`, or with the types of its arguments, `name(int, text)`. Throws a Problem, or StatementError. */
export async function functionDefinition({ client }: Shell, name: string): Promise<string> {
  if (name === '') throw new Problem(EXIT.usage, 'Which function?', 'Usage: \\sf NAME or NAME(TYPES)');
  const type = name.includes('(') ? 'regprocedure' : 'regproc';
  const [row] = await ask(
    client,
    `SELECT pg_catalog.pg_get_functiondef(p.oid) AS definition FROM pg_catalog.pg_proc p
  WHERE p.oid = ${pg.escapeLiteral(name).trim()}::pg_catalog.${type} AND p.prokind IN ('f', 'p', 'w')`,
  );
  if (!row?.definition) throw new Problem(EXIT.statement, `${name} has no definition to show.`);
  return row.definition;
}

export async function viewDefinition({ client }: Shell, name: string): Promise<string> {
  if (name === '') throw new Problem(EXIT.usage, 'Which view?', 'Usage: \\sv NAME');
  const [row] = await ask(
    client,
    `SELECT c.oid::pg_catalog.regclass::text AS name, pg_catalog.pg_get_viewdef(c.oid, true) AS definition FROM pg_catalog.pg_class c
  WHERE c.oid = ${pg.escapeLiteral(name).trim()}::pg_catalog.regclass AND c.relkind IN ('v', 'm')`,
  );
  if (!row?.definition) throw new Problem(EXIT.statement, `"${name}" is not a view.`);
  return `CREATE OR REPLACE VIEW ${row.name ?? name} AS\n${row.definition}\n`;
}

/** For a terminal, with the numbers of its lines where they are wanted. */
export function shown(definition: string, numbered: boolean): string {
  const lines = visible(definition).replace(/\n$/, '').split('\n');
  const width = String(lines.length).length;
  return lines.map((line, i) => `${numbered ? `${String(i + 1).padStart(width)}  ` : ''}${line}\n`).join('');
}
