// What of a text is seen on a screen of so many columns: cells, row by row, and where the cursor stands.
import { widthOf } from '../output/fit.ts';
import { visible } from '../output/visible.ts';

/** Paints a text; the same function for the same colour, so that they can be compared. */
export type Paint = (text: string) => string;
export const unpainted: Paint = (text) => text;

/** A part of the text in one colour. All parts together are the text. */
export interface Painted {
  text: string;
  paint: Paint;
}

export interface Cell {
  /** As it is written: control characters are escaped. */
  text: string;
  width: number;
  paint: Paint;
}

export interface View {
  rows: Cell[][];
  cursor: { row: number; column: number };
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
const TAB = '    ';

export interface ViewOptions {
  columns: number;
  /** Cells that the prompt takes on the first row. */
  indent: number;
  /** What stands before each further line of the text. */
  continued: string;
  /** UTF-16 units before the cursor. */
  cursor: number;
}

export function viewOf(parts: Painted[], { columns, indent, continued, cursor }: ViewOptions): View {
  const rows: Cell[][] = [[]];
  let column = indent % columns;
  let at = 0;
  let place: View['cursor'] | null = null;
  const put = (text: string, width: number, paint: Paint): void => {
    // A wide character does not stand half on a row.
    if (column + width > columns && column > 0) newRow();
    rows.at(-1)?.push({ text, width, paint });
    column += width;
  };
  const newRow = (): void => {
    rows.push([]);
    column = 0;
  };
  /** The cursor stands on the next row where this one is full. */
  const here = (): View['cursor'] => {
    if (column >= columns) newRow();
    return { row: rows.length - 1, column };
  };
  for (const { text, paint } of parts) {
    for (const { segment } of graphemes.segment(text)) {
      if (at >= cursor) place ??= here();
      at += segment.length;
      if (/^\r?\n$/.test(segment)) {
        newRow();
        for (const each of continued) put(each, 1, unpainted);
        continue;
      }
      const shown = segment === '\t' ? TAB : visible(segment);
      // What is escaped takes several cells.
      if (shown === segment) put(shown, widthOf(shown), paint);
      else for (const each of shown) put(each, 1, paint);
    }
  }
  place ??= here();
  return { rows, cursor: place };
}

/** The rows around the cursor, where there are more than a screen has. */
export function windowed({ rows, cursor }: View, height: number): View {
  if (rows.length <= height) return { rows, cursor };
  const first = Math.min(Math.max(0, cursor.row - Math.floor(height / 2)), rows.length - height);
  return { rows: rows.slice(first, first + height), cursor: { row: cursor.row - first, column: cursor.column } };
}

/** Cells as they are written, painted in as few pieces as there are colours. */
export function written(cells: readonly Cell[]): string {
  let text = '';
  let run = '';
  let paint: Paint = unpainted;
  for (const cell of cells) {
    if (cell.paint !== paint) {
      if (run !== '') text += paint(run);
      run = '';
      paint = cell.paint;
    }
    run += cell.text;
  }
  return run === '' ? text : text + paint(run);
}
