import type { Style } from '../style.ts';
import { fit, widthOf } from './fit.ts';
import type { Column, Row } from './result.ts';
import { NULL } from './table.ts';
import { visible, visibleLine } from './visible.ts';

/** One line for each value, of rows that so many stood before; nothing is cut, and the lines of a value stay lines. */
export function expanded(columns: Column[], rows: Row[], style: Style, before = 0): string[] {
  const names = columns.map(({ name }) => visibleLine(name));
  const width = Math.max(0, ...names.map(widthOf));
  return rows.flatMap((row, number) => [
    `-[ row ${before + number + 1} ]`.padEnd(Math.max(width + 3, 30), '-'),
    ...row.flatMap((value, i) => {
      const [first, ...more] = value === null ? [style.dim(NULL)] : visible(value).split('\n');
      return [
        `${style.bold(fit(names[i] ?? '', width))} | ${first ?? ''}`,
        ...more.map((line) => `${' '.repeat(width)} | ${line}`),
      ];
    }),
  ]);
}
