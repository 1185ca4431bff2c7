import type { Style } from '../style.ts';
import { fit, shrink, widthOf } from './fit.ts';
import { type Column, isNumeric, type Row } from './result.ts';
import { visibleLine } from './visible.ts';

export const NULL = '∅';
const LEAST = 8;
/** Nothing is filled up to more: what is wider stands out. */
const MOST = 1_000;

export interface TableOptions {
  /** Cells that a line may take; null: any number, nothing is cut. */
  width: number | null;
  style: Style;
}

/** How wide columns are, by the rows at hand; of later ones what is wider is cut, or stands out. */
export interface Layout {
  head: string[];
  row(row: Row): string;
  /** Something of a row so far was cut. */
  readonly cut: boolean;
}

/** Null when a table does not fit even with its columns cut. */
export function layout(columns: Column[], rows: Row[], { width, style }: TableOptions): Layout | null {
  const headers = columns.map(({ name }) => visibleLine(name));
  const cellsOf = (row: Row) => row.map((value) => (value === null ? NULL : visibleLine(value)));
  const natural = headers.map(widthOf);
  for (const row of rows)
    for (const [i, cell] of cellsOf(row).entries()) natural[i] = Math.max(natural[i] ?? 0, widthOf(cell));
  const frame = Math.max(0, columns.length - 1) * 3 + 2;
  const widths = width === null ? natural.map((each) => Math.min(each, MOST)) : shrink(natural, width - frame, LEAST);
  if (!widths) return null;
  let wasCut = width !== null && widths.some((each, i) => each < (natural[i] ?? 0));

  const line = (
    texts: string[],
    paint: (text: string, column: number) => string,
    align: (i: number) => 'left' | 'right',
  ) =>
    ` ${texts
      .map((text, i) => {
        const room = widths[i] ?? 0;
        const wide = widthOf(text) > room;
        wasCut ||= wide && width !== null;
        return paint(wide && width === null ? text : fit(text, room, align(i)), i);
      })
      .join(' | ')} `.trimEnd();
  const aligned = columns.map((column) => (isNumeric(column) ? 'right' : 'left'));
  return {
    head: [
      line(
        headers,
        (text) => style.bold(text),
        () => 'left',
      ),
      widths.map((each) => '-'.repeat(each + 2)).join('+'),
    ],
    row: (row) =>
      line(
        cellsOf(row),
        (text, i) => (row[i] === null ? style.dim(text) : text),
        (i) => aligned[i] ?? 'left',
      ),
    get cut() {
      return wasCut;
    },
  };
}

/** The lines of a table, header first; null when it does not fit even with its columns cut. */
export function table(columns: Column[], rows: Row[], options: TableOptions): { lines: string[]; cut: boolean } | null {
  const found = layout(columns, rows, options);
  if (!found) return null;
  const lines = [...found.head, ...rows.map((row) => found.row(row))];
  return { lines, cut: found.cut };
}
