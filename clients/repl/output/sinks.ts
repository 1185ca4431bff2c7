// Where results go: as tables for people, as CSV or JSON for programs.
import { once } from 'node:events';
import type { Style } from '../style.ts';
import type { Terminal } from '../terminal.ts';
import { csvLine } from './csv.ts';
import { expanded } from './expanded.ts';
import { jsonNames, jsonRow } from './json.ts';
import type { Pager } from './pager.ts';
import type { Column, ResultSink, Row } from './result.ts';
import { table } from './table.ts';

export interface Display {
  format: 'table' | 'csv' | 'json';
  /** `auto`: where a table does not fit the terminal. */
  expanded: 'on' | 'off' | 'auto';
  timing: boolean;
  /** Print tags such as `UPDATE 3`. */
  tags: boolean;
}

export interface SinkContext {
  terminal: Terminal;
  display: Display;
  style: Style;
  pager: Pager | null;
}

export function makeSink(context: SinkContext): ResultSink {
  if (context.display.format === 'csv') return csvSink(context.terminal);
  if (context.display.format === 'json') return jsonSink(context.terminal);
  return tableSink(context);
}

const toOutput = ({ output }: Terminal) => ({
  copy: (bytes: Buffer) => output.write(bytes),
  drained: async () => {
    if (output.writableNeedDrain) await once(output, 'drain');
  },
});

function csvSink(terminal: Terminal): ResultSink {
  const { output } = terminal;
  return {
    ...toOutput(terminal),
    columns: (columns) => void output.write(csvLine(columns.map(({ name }) => name))),
    row: (row) => output.write(csvLine(row)),
    done: async () => {},
  };
}

/** An array of objects for each result, written as it comes. */
function jsonSink(terminal: Terminal): ResultSink {
  const { output } = terminal;
  let columns: Column[] | null = null;
  let names: string[] = [];
  let count = 0;
  return {
    ...toOutput(terminal),
    columns: (found) => {
      columns = found;
      names = jsonNames(found);
      count = 0;
    },
    row: (row) => output.write(`${count++ === 0 ? '[\n' : ',\n'}${jsonRow(columns ?? [], names, row)}`),
    done: async () => {
      if (columns) output.write(count === 0 ? '[]\n' : '\n]\n');
      columns = null;
    },
  };
}

function tableSink({ terminal, display, style, pager }: SinkContext): ResultSink {
  const { output } = terminal;
  const out = toOutput(terminal);
  let columns: Column[] | null = null;
  let rows: Row[] = [];
  let copied = false;
  return {
    ...out,
    // The tag would be one line more of what was copied.
    copy: (bytes) => {
      copied = true;
      return out.copy(bytes);
    },
    columns: (found) => {
      columns = found;
      rows = [];
    },
    row: (row) => {
      rows.push(row);
      return true;
    },
    done: async (tag) => {
      if (columns) {
        const lines = render(columns, rows, display, style, output.isTTY ? (output.columns ?? 80) : null);
        columns = null;
        rows = [];
        const text = `${lines.join('\n')}\n`;
        const long = output.isTTY && lines.length >= (output.rows ?? 24);
        if (!(long && pager && (await pager(text)))) output.write(text);
      } else if (tag && display.tags && !copied) output.write(`${tag}\n`);
    },
  };
}

function render(columns: Column[], rows: Row[], display: Display, style: Style, width: number | null): string[] {
  const count = `(${rows.length} ${rows.length === 1 ? 'row' : 'rows'}`;
  if (display.expanded !== 'on') {
    const fitted = table(columns, rows, { width, style });
    if (fitted) return [...fitted.lines, `${count}${fitted.cut ? '; cut to the screen, \\x shows all' : ''})`];
    if (display.expanded === 'off') {
      const whole = table(columns, rows, { width: null, style });
      if (whole) return [...whole.lines, `${count})`];
    }
  }
  return [...expanded(columns, rows, style), `${count})`];
}
