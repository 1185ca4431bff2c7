import type { Style } from '../style.ts';
import { fit, shrink, widthOf } from './fit.ts';
import { type Column, isNumeric, type Row } from './result.ts';
import { visibleLine } from './visible.ts';

export const NULL = '∅';
const LEAST = 8;

export interface TableOptions {
  /** Cells that a line may take; null: any number, nothing is cut. */
  width: number | null;
  style: Style;
}

/** The lines of a table, header first; null when it does not fit even with its columns cut. */
export function table(
  columns: Column[],
  rows: Row[],
  { width, style }: TableOptions,
): { lines: string[]; cut: boolean } | null {
  const headers = columns.map(({ name }) => visibleLine(name));
  const cells = rows.map((row) => row.map((value) => (value === null ? NULL : visibleLine(value))));
  const natural = headers.map((header, i) =>
    cells.reduce((most, row) => Math.max(most, widthOf(row[i] ?? '')), widthOf(header)),
  );
  const frame = Math.max(0, columns.length - 1) * 3 + 2;
  const widths = width === null ? natural : shrink(natural, width - frame, LEAST);
  if (!widths) return null;

  const line = (
    texts: string[],
    paint: (text: string, column: number) => string,
    align: (i: number) => 'left' | 'right',
  ) => ` ${texts.map((text, i) => paint(fit(text, widths[i] ?? 0, align(i)), i)).join(' | ')} `.trimEnd();
  const aligned = columns.map((column) => (isNumeric(column) ? 'right' : 'left'));
  const lines = [
    line(
      headers,
      (text) => style.bold(text),
      () => 'left',
    ),
    widths.map((each) => '-'.repeat(each + 2)).join('+'),
    ...cells.map((row, r) =>
      line(
        row,
        (text, i) => (rows[r]?.[i] === null ? style.dim(text) : text),
        (i) => aligned[i] ?? 'left',
      ),
    ),
  ];
  return { lines, cut: widths.some((each, i) => each < (natural[i] ?? 0)) };
}
