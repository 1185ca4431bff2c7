// psql's patterns: `*`, `?`, `schema.name`, "Quoted Names", regular expressions otherwise.
import pg from 'pg';
import { EXIT } from '../exit-codes.ts';
import { Problem } from '../problem.ts';

/** The parts of a pattern as regular expressions, the name last; `*` and nothing at all are null. Throws a Problem. */
export function patternParts(pattern: string): (string | null)[] {
  const parts: string[] = [''];
  let quoted = false;
  const add = (text: string): void => void parts.push(`${parts.pop() ?? ''}${text}`);
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern.charAt(at);
    if (character === '"') {
      if (quoted && pattern.charAt(at + 1) === '"') {
        add('"');
        at++;
      } else quoted = !quoted;
    } else if (quoted) add(/[|*+?()[\]{}.^$\\]/.test(character) ? `\\${character}` : character);
    else if (character === '*') add('.*');
    else if (character === '?') add('.');
    else if (character === '.') parts.push('');
    // A name may hold it, and no pattern needs it: they match whole names.
    else if (character === '$') add('\\$');
    else add(character.toLowerCase());
  }
  if (quoted) throw new Problem(EXIT.usage, 'A quoted name is not closed.');
  if (parts.length > 2)
    throw new Problem(EXIT.usage, `"${pattern}" has too many dots.`, 'A pattern is NAME or SCHEMA.NAME.');
  return parts.map((part) => (part === '' || part === '.*' ? null : `^(${part})$`));
}

/**
 * The condition of a pattern. `visible`: what holds for names that need no schema, which a pattern without one looks among;
 * null where there are no schemas.
 */
export function patternCondition(
  pattern: string,
  columns: { schema: string | null; name: string; visible: string | null },
): string {
  const parts = patternParts(pattern);
  const matches = (column: string, expression: string): string =>
    `${column} OPERATOR(pg_catalog.~) ${pg.escapeLiteral(expression).trim()} COLLATE pg_catalog.default`;
  const name = parts.at(-1) ?? null;
  const conditions = name === null ? [] : [matches(columns.name, name)];
  if (parts.length === 1) {
    if (columns.visible) conditions.push(columns.visible);
  } else if (!columns.schema) throw new Problem(EXIT.usage, `"${pattern}": these have no schema.`);
  else if (parts[0]) conditions.push(matches(columns.schema, parts[0]));
  return conditions.length > 0 ? conditions.join(' AND ') : 'true';
}
