import { EXIT } from '../exit-codes.ts';
import type { Column, Row } from '../output/result.ts';
import { Problem } from '../problem.ts';

/** PostgreSQL's own bound on columns. */
const MOST_ACROSS = 1_600;

/**
 * A result turned: the values of `ROWS` go down, those of `ACROSS` across, and `VALUES` are between them. Without arguments the
 * first, second and third column. Throws a Problem where two values meet.
 */
export function crosstab(
  { columns, rows }: { columns: Column[]; rows: Row[] },
  given: string[],
): { columns: Column[]; rows: Row[] } {
  if (columns.length < 3) throw new Problem(EXIT.usage, 'A crosstab needs a result of at least three columns.');
  if (given.length > 4) throw new Problem(EXIT.usage, 'Usage: \\crosstabview [ROWS [ACROSS [VALUES [SORT]]]]');
  const [down = 0, across = 1, values, sort] = given.map((each) => columnOf(columns, each));
  const rest = columns.map((_column, i) => i).filter((i) => i !== down && i !== across);
  const value = values ?? (rest.length === 1 ? rest[0] : undefined);
  if (value === undefined) throw new Problem(EXIT.usage, 'Which column holds the values? There is more than one left.');
  if (down === across) throw new Problem(EXIT.usage, 'Rows and columns are the same column.');

  const heads = new Map<string | null, { text: string | null; order: number }>();
  const lines = new Map<string | null, Map<string | null, string | null>>();
  for (const row of rows) {
    const [line, head] = [row[down] ?? null, row[across] ?? null];
    if (!heads.has(head))
      heads.set(head, {
        text: head,
        order: sort === undefined ? heads.size : Number(row[sort] ?? Number.POSITIVE_INFINITY),
      });
    const cells = lines.get(line) ?? new Map<string | null, string | null>();
    lines.set(line, cells);
    if (cells.has(head))
      throw new Problem(EXIT.statement, `There are two values for row "${line ?? ''}", column "${head ?? ''}".`);
    cells.set(head, row[value] ?? null);
  }
  if (heads.size > MOST_ACROSS)
    throw new Problem(EXIT.statement, `That would be ${heads.size} columns; ${MOST_ACROSS} is the most.`);
  const sorted = [...heads.values()].sort((a, b) => a.order - b.order);
  const type = columns[value]?.type ?? 25;
  return {
    columns: [columns[down] ?? { name: '', type: 25 }, ...sorted.map(({ text }) => ({ name: text ?? '', type }))],
    rows: [...lines].map(([line, cells]) => [
      line,
      ...sorted.map(({ text }) => (cells.has(text) ? (cells.get(text) ?? null) : '')),
    ]),
  };
}

/** By its number from 1, or its name. */
function columnOf(columns: Column[], given: string): number {
  const number = /^\d+$/.test(given) ? Number(given) - 1 : columns.findIndex(({ name }) => name === given);
  if (!columns[number]) throw new Problem(EXIT.usage, `"${given}" is not a column of the result.`);
  return number;
}
