// Draws a prompt and a text on a terminal, and only what changed of them.
import type { Terminal } from '../terminal.ts';
import { widthOf } from '../output/fit.ts';
import { type Cell, type Painted, type View, viewOf, windowed, written } from './view.ts';

export interface Drawn {
  /** May hold colours and line ends. */
  prompt: string;
  parts: Painted[];
  cursor: number;
  /** Lines below, such as what could be completed. */
  below: string[];
}

const UP = (rows: number): string => (rows > 0 ? `\x1b[${rows}A` : rows < 0 ? `\x1b[${-rows}B` : '');
const RIGHT = (columns: number): string => (columns > 0 ? `\x1b[${columns}C` : columns < 0 ? `\x1b[${-columns}D` : '');
const CLEAR_DOWN = '\x1b[J';

interface Place {
  row: number;
  column: number;
}

/** On a row that is full, terminals differ in where the cursor is. */
const moved = (from: Place, to: Place, columns: number): string =>
  UP(from.row - to.row) + (from.column >= columns ? `\r${RIGHT(to.column)}` : RIGHT(to.column - from.column));

export class Painter {
  readonly #output: Terminal['output'];
  /** What is on the screen; null: nothing of ours. */
  #last: { prompt: string; view: View; below: string[]; columns: number; indent: number; promptRows: number } | null =
    null;

  constructor(output: Terminal['output']) {
    this.#output = output;
  }

  draw({ prompt, parts, cursor, below }: Drawn): void {
    const columns = Math.max(2, this.#output.columns ?? 80);
    const height = Math.max(2, this.#output.rows ?? 24);
    const lines = prompt.split('\n');
    const indent = widthOf(lines.at(-1) ?? '');
    const continued = `${' '.repeat(Math.max(0, Math.min(indent, columns >> 1) - 2))}> `;
    const promptRows =
      lines.slice(0, -1).reduce((sum, line) => sum + Math.max(1, Math.ceil(widthOf(line) / columns)), 0) +
      Math.floor(indent / columns);
    const whole = viewOf(parts, { columns, indent, continued, cursor });
    const view = windowed(whole, Math.max(1, height - promptRows - below.length));
    const last = this.#last;
    const kept =
      last && last.prompt === prompt && last.columns === columns && last.view.rows.length <= height ? last : null;
    let text = '';
    // Cells of the first row that stay, and from where on all is written anew.
    let row = 0;
    let from = 0;
    if (kept && sameFirstRow(whole, view)) {
      [row, from] = firstDifference(kept.view.rows, view.rows);
      const column = (row === 0 ? indent % columns : 0) + widthBefore(view.rows[row] ?? [], from);
      text += moved(kept.view.cursor, { row, column }, columns);
      if (!isAppended(kept.view.rows, row, from) || kept.below.length > 0) text += CLEAR_DOWN;
    } else {
      text += this.#toTop() + CLEAR_DOWN + lines.join('\r\n');
    }
    text += view.rows
      .slice(row)
      .map((cells, i) => written(i === 0 ? cells.slice(from) : cells))
      .join('\r\n');
    if (below.length > 0) text += `\r\n${below.join('\r\n')}`;
    const lastRow = view.rows.length - 1 + below.length;
    const end =
      below.length > 0
        ? columns
        : (view.rows.length === 1 ? indent % columns : 0) +
          widthBefore(view.rows.at(-1) ?? [], Number.POSITIVE_INFINITY);
    text += moved({ row: lastRow, column: end }, view.cursor, columns);
    this.#last = { prompt, view, below, columns, indent, promptRows };
    if (text !== '') this.#output.write(text);
  }

  /** Takes what was drawn off the screen: something else is written in its place. */
  erase(): void {
    if (!this.#last) return;
    this.#output.write(this.#toTop() + CLEAR_DOWN);
    this.#last = null;
  }

  /** Leaves what was drawn where it is, with the cursor behind it. */
  leave(): void {
    const last = this.#last;
    if (!last) return;
    const down = last.view.rows.length - 1 - last.view.cursor.row;
    this.#output.write(`${down > 0 ? `\x1b[${down}B` : ''}${last.below.length > 0 ? `\r\n${CLEAR_DOWN}` : '\r\n'}`);
    this.#last = null;
  }

  /** Something else was written over it, or the screen was cleared. */
  forget(): void {
    this.#last = null;
  }

  /** To the prompt's first row, also where the terminal has become narrower and broke our rows again. */
  #toTop(): string {
    const last = this.#last;
    if (!last) return '';
    const columns = Math.max(2, this.#output.columns ?? 80);
    let rows = last.promptRows;
    if (columns >= last.columns) rows += last.view.cursor.row;
    else {
      const taken = (cells: Cell[], before: number) =>
        Math.max(1, Math.ceil((widthBefore(cells, Number.POSITIVE_INFINITY) + before) / columns));
      for (let i = 0; i < last.view.cursor.row; i++) rows += taken(last.view.rows[i] ?? [], i === 0 ? last.indent : 0);
      rows += Math.floor(last.view.cursor.column / columns);
    }
    return `${UP(rows)}\r`;
  }
}

const sameFirstRow = (whole: View, view: View): boolean => whole.rows[0] === view.rows[0];

const widthBefore = (cells: readonly Cell[], end: number): number => {
  let width = 0;
  for (let i = 0; i < cells.length && i < end; i++) width += cells[i]?.width ?? 0;
  return width;
};

/** Row, and cell in it, where two views begin to differ. */
function firstDifference(before: Cell[][], after: Cell[][]): [row: number, cell: number] {
  for (let row = 0; row < after.length; row++) {
    const [old, cells] = [before[row], after[row] ?? []];
    if (!old) return row === 0 ? [0, 0] : [row - 1, (after[row - 1] ?? []).length];
    for (let i = 0; i < cells.length; i++) {
      if (old[i]?.text !== cells[i]?.text || old[i]?.paint !== cells[i]?.paint) return [row, i];
    }
    if (old.length > cells.length) return [row, cells.length];
  }
  const last = after.length - 1;
  return [last, (after[last] ?? []).length];
}

/** Nothing of before stands behind that place. */
const isAppended = (before: Cell[][], row: number, from: number): boolean =>
  before.length <= row + 1 && (before[row] ?? []).length <= from;
