// Where results go: as tables for people, as CSV or JSON for programs.
import type { Style } from '../style.ts';
import type { Terminal } from '../terminal.ts';
import { csvLine } from './csv.ts';
import { drained } from './drained.ts';
import { expanded } from './expanded.ts';
import { jsonNames, jsonRow } from './json.ts';
import type { Pager, PagerStream } from './pager.ts';
import type { Column, ResultSink, Row } from './result.ts';
import { layout, table } from './table.ts';
import { visible, visibleLine } from './visible.ts';

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

/** What a terminal would obey is shown to it; a file or a program gets data as they are. */
function toOutput({ output }: Terminal) {
  const decoder = new TextDecoder();
  return {
    text: (text: string) => output.write(output.isTTY ? visible(text) : text),
    copy: (bytes: Buffer) => output.write(output.isTTY ? visible(decoder.decode(bytes, { stream: true })) : bytes),
    drained: () => drained(output),
  };
}

function csvSink(terminal: Terminal): ResultSink {
  const { text, ...out } = toOutput(terminal);
  return {
    ...out,
    columns: (columns) => void text(csvLine(columns.map(({ name }) => name))),
    row: (row) => text(csvLine(row)),
    done: async () => {},
  };
}

/** An array of objects for each result, written as it comes. */
function jsonSink(terminal: Terminal): ResultSink {
  const { text, ...out } = toOutput(terminal);
  let columns: Column[] | null = null;
  let names: string[] = [];
  let count = 0;
  return {
    ...out,
    columns: (found) => {
      columns = found;
      names = jsonNames(found);
      count = 0;
    },
    row: (row) => text(`${count++ === 0 ? '[\n' : ',\n'}${jsonRow(columns ?? [], names, row)}`),
    done: async (_tag, failed) => {
      if (columns && !(failed && count === 0)) text(count === 0 ? '[]\n' : '\n]\n');
      columns = null;
    },
  };
}

/** So much of a result is looked at before its columns have a width; what is longer is shown as it comes. */
const HELD_ROWS = 2_000;
const HELD_CHARACTERS = 4_000_000;
/** Written at once. */
const TOGETHER = 32 * 1024;

function tableSink({ terminal, display, style, pager }: SinkContext): ResultSink {
  const { output } = terminal;
  const out = toOutput(terminal);
  let columns: Column[] | null = null;
  let rows: Row[] = [];
  let held = 0;
  let flow: Flow | null = null;
  let copied = false;
  const width = () => (output.isTTY ? (output.columns ?? 80) : null);
  const begin = (found: Column[]): Flow => {
    const screen = output.isTTY && pager ? pager.open() : null;
    flow = makeFlow(found, rows, {
      display,
      style,
      width: width(),
      scrolls: screen !== null && pager?.scrolls === true,
      to: screen ?? { ...out, write: (text) => output.write(text) },
    });
    const first = rows;
    rows = [];
    for (const row of first) flow.row(row);
    return flow;
  };
  return {
    // The tag would be one line more of what was copied.
    copy: (bytes) => {
      copied = true;
      return out.copy(bytes);
    },
    columns: (found) => {
      columns = found;
      rows = [];
      held = 0;
      flow = null;
    },
    row: (row) => {
      if (flow) return flow.row(row);
      rows.push(row);
      for (const value of row) held += value?.length ?? 0;
      if (!columns || (rows.length < HELD_ROWS && held < HELD_CHARACTERS)) return true;
      return begin(columns).flush();
    },
    drained: () => flow?.drained() ?? out.drained(),
    done: async (tag, failed = false) => {
      const [found, shown] = [columns, flow];
      const last = rows;
      columns = flow = null;
      rows = [];
      if (shown) return shown.end(failed);
      if (found) {
        // Of a statement that failed before its first row only the error is to be seen.
        if (failed && last.length === 0) return;
        const context = { display, style, width: width(), scrolls: false };
        const lines = render(found, last, context, failed);
        if (!(output.isTTY && lines.length >= (output.rows ?? 24) && pager))
          return void output.write(`${lines.join('\n')}\n`);
        const screen = pager.open();
        screen.write(
          `${(pager.scrolls ? render(found, last, { ...context, scrolls: true }, failed) : lines).join('\n')}\n`,
        );
        screen.end();
        return screen.left;
      }
      if (tag && display.tags && !copied) output.write(`${visibleLine(tag)}\n`);
    },
  };
}

/** A long result on its way to the terminal or the pager. */
interface Flow {
  row(row: Row): boolean;
  flush(): boolean;
  drained(): Promise<void>;
  end(failed: boolean): Promise<void>;
}

interface Shape {
  display: Display;
  style: Style;
  width: number | null;
  /** Nothing need be cut where it fits with its columns cut. */
  scrolls: boolean;
}

interface FlowOptions extends Shape {
  to: Pick<PagerStream, 'write' | 'drained'> & Partial<PagerStream>;
}

/** `sample`: rows by which columns get their width. */
function makeFlow(columns: Column[], sample: Row[], { display, style, width, scrolls, to }: FlowOptions): Flow {
  const fitted = display.expanded === 'on' ? null : layout(columns, sample, { width, style });
  const natural = fitted ? scrolls : display.expanded === 'off';
  const shape = natural ? layout(columns, sample, { width: null, style }) : fitted;
  let count = 0;
  let text = shape ? `${shape.head.join('\n')}\n` : '';
  const flush = (): boolean => {
    const ready = text;
    text = '';
    return to.write(ready);
  };
  return {
    row: (row) => {
      text += shape ? `${shape.row(row)}\n` : `${expanded(columns, [row], style, count).join('\n')}\n`;
      count++;
      return text.length < TOGETHER || flush();
    },
    flush,
    drained: () => to.drained(),
    end: async (failed) => {
      text += `${footer(count, shape?.cut ?? false, failed)}\n`;
      flush();
      to.end?.();
      await to.left;
    },
  };
}

function footer(count: number, cut: boolean, failed: boolean): string {
  const rows = `${count} ${count === 1 ? 'row' : 'rows'}${failed ? ' until the error' : ''}`;
  return `(${rows}${cut ? '; cut to the screen, \\x shows all' : ''})`;
}

function render(columns: Column[], rows: Row[], { display, style, width, scrolls }: Shape, failed: boolean): string[] {
  if (display.expanded !== 'on') {
    const fitted = table(columns, rows, { width, style });
    if (fitted && !scrolls) return [...fitted.lines, footer(rows.length, fitted.cut, failed)];
    if (display.expanded === 'off' || fitted) {
      const whole = table(columns, rows, { width: null, style });
      if (whole) return [...whole.lines, footer(rows.length, false, failed)];
    }
  }
  return [...expanded(columns, rows, style), footer(rows.length, false, failed)];
}
