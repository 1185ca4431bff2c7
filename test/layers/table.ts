// The table of docs/read-mode.md: what each layer stops alone.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Outcome, Report } from '../bypass/run-corpus.ts';

const PAGE = join(import.meta.dirname, '../../docs/read-mode.md');
const BEGIN = '<!-- layers: written by `npm run test:layers` -->';
const END = '<!-- end of layers -->';

export interface Row {
  title: string;
  made: string;
  cases: number;
  noError: number;
  harm: number;
}

export function rowOf({ title, made }: Pick<Row, 'title' | 'made'>, { played, through, harmed }: Report): Row {
  const cases = (outcomes: Outcome[]) => new Set(outcomes.map(({ case: { name } }) => name)).size;
  return { title, made, cases: played.refused, noError: cases(through), harm: cases(harmed) };
}

export function tableOf(rows: readonly Row[]): string {
  return [
    '| composed of | how | cases | answered without an error | harm |',
    '| --- | --- | --- | --- | --- |',
    ...rows.map(({ title, made, cases, noError, harm }) => `| ${title} | ${made} | ${cases} | ${noError} | ${harm} |`),
  ].join('\n');
}

/** Rows as the page has them. */
export async function rowsInPage(): Promise<Row[]> {
  const page = await readFile(PAGE, 'utf8');
  const table = page.slice(page.indexOf(BEGIN), page.indexOf(END)).split('\n');
  return table.flatMap((line) => {
    const [, title = '', made = '', cases, noError, harm] = line.split('|').map((cell) => cell.trim());
    if (!/^\d+$/.test(cases ?? '')) return [];
    return [{ title, made, cases: Number(cases), noError: Number(noError), harm: Number(harm) }];
  });
}

/** Replaces those rows, and keeps the others; in the order of `titles`. */
export async function writeTable(rows: readonly Row[], titles: readonly string[]): Promise<void> {
  const kept = new Map([...(await rowsInPage()), ...rows].map((row) => [row.title, row]));
  const all = titles.flatMap((title) => kept.get(title) ?? []);
  const page = await readFile(PAGE, 'utf8');
  const from = page.indexOf(BEGIN);
  const to = page.indexOf(END);
  if (from === -1 || to === -1) throw new Error(`docs/read-mode.md has no place for the table: ${BEGIN} … ${END}`);
  await writeFile(PAGE, `${page.slice(0, from)}${BEGIN}\n\n${tableOf(all)}\n\n${page.slice(to)}`);
}
