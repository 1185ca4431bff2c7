import { fit, widthOf } from '../output/fit.ts';
import { visibleLine } from '../output/visible.ts';

export interface Completion {
  /** Where in the text what is completed begins. */
  from: number;
  /** What goes in its place: the only candidate, or what all have in common. */
  insert: string;
  /** All of them, for the list. */
  candidates: string[];
}

/** Null: there is nothing to complete. Never rejects. */
export type Completer = (text: string, cursor: number) => Promise<Completion | null>;

/** Lines that list candidates in columns, at most so many. */
export function completionBelow(candidates: string[], columns: number, rows: number): string[] {
  const names = candidates.map(visibleLine);
  const width = Math.min(columns, Math.max(...names.map(widthOf)) + 2);
  const across = Math.max(1, Math.floor((columns - 1) / width));
  const needed = Math.ceil(names.length / across);
  const shown = Math.min(needed, Math.max(1, rows - (needed > rows ? 1 : 0)));
  const lines = Array.from({ length: shown }, (_, row) =>
    names
      .filter((_name, i) => i < shown * across && i % shown === row)
      .map((name) => fit(name, Math.min(width, columns - 1)))
      .join('')
      .trimEnd(),
  );
  const more = names.length - shown * across;
  return more > 0 ? [...lines, `… ${more} more`] : lines;
}

/** Names that hold what a terminal would obey, or a line's end, are not offered: they can be typed. */
const HIDDEN = /[\p{Cc}\p{Cf}]/u;

/** The candidates that begin with what is typed, whatever its case; null where none does. */
export function completionOf(from: number, typed: string, candidates: readonly string[]): Completion | null {
  const begins = typed.toLowerCase();
  const fitting = [...new Set(candidates)]
    .filter((each) => each.toLowerCase().startsWith(begins) && !HIDDEN.test(each))
    .sort();
  const [only] = fitting;
  if (only === undefined) return null;
  // What goes on is not ended: a function, a schema, a directory.
  if (fitting.length === 1) return { from, insert: /[(./]$/.test(only) ? only : `${only} `, candidates: fitting };
  const common = commonStart(fitting);
  return { from, insert: common.length > typed.length ? common : typed, candidates: fitting };
}

function commonStart(texts: string[]): string {
  const [first = '', ...others] = texts;
  let length = first.length;
  for (const other of others) {
    while (!other.toLowerCase().startsWith(first.slice(0, length).toLowerCase())) length--;
  }
  return first.slice(0, length);
}
