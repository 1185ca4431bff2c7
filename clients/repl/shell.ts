// What the prompt, the scripts and the backslash commands share.
import type { Names } from './complete/catalogue.ts';
import { CHANGES_NAMES } from './complete/catalogue.ts';
import type { GatewayClient } from './gateway-client.ts';
import { plainStyle, type Style } from './style.ts';
import type { Pager } from './output/pager.ts';
import type { Redirect } from './output/redirect.ts';
import type { Column, ResultSink, Row } from './output/result.ts';
import { type Display, makeSink } from './output/sinks.ts';
import type { Environment } from './settings.ts';
import { StatementError } from './statement-error.ts';
import type { CopyData } from './statement-run.ts';
import type { Terminal } from './terminal.ts';
import type { Variables } from './variables.ts';

export interface Shell {
  client: GatewayClient;
  readonly terminal: Terminal;
  readonly env: Environment;
  readonly display: Display;
  readonly style: Style;
  readonly variables: Variables;
  /** Names for completion; null where nobody types. */
  names: Names | null;
  pager: Pager | null;
  /** Where results go instead of the terminal (`\o`). */
  redirect: Redirect | null;
  /** The last statement that failed, for `\why`. */
  lastError: StatementError | null;
  /** The last that was sent, for `\g`, `\e` and `\watch`. */
  lastStatement: string | null;
  /** Whether somebody is there who could be asked: nobody is where lines were typed ahead. */
  mayAsk: () => boolean;
  /** Asks a person; null where nobody is there, or nobody answered. */
  ask: (question: string) => Promise<string | null>;
  /** Data of a COPY … FROM STDIN: what stands behind the statement. */
  copyData: CopyData | null;
  /** Puts a text on the line that is read next; null where nobody types. */
  draft: ((text: string) => void) | null;
  /** Lets another program have the terminal. */
  aside: <T>(run: () => Promise<T>) => Promise<T>;
  /** A new session, in read mode, in place of this one. Throws a Problem, and keeps the session. */
  connectTo: (target: string | null) => Promise<void>;
  /** Names of the targets that this token may see. */
  targets: () => Promise<{ name: string; environment: string }[]>;
  gateway: string;
  /** Ctrl-C, where nothing runs that it would cancel. */
  onInterrupt: (() => void) | null;
  /** The file that is being run, and the files that include it. */
  files: string[];
}

/** Runs a statement and shows its result, or gives it to `sink`. Throws StatementError or ConnectionLost. */
export async function runStatement(
  shell: Shell,
  text: string,
  { sink, data = shell.copyData }: { sink?: ResultSink; data?: CopyData | null } = {},
): Promise<void> {
  const started = performance.now();
  try {
    await shell.client.run(text, sink ?? sinkOf(shell), data);
  } catch (error) {
    if (error instanceof StatementError) shell.lastError = error;
    throw error;
  } finally {
    if (CHANGES_NAMES.test(text)) shell.names?.changed();
  }
  if (shell.display.timing) shell.terminal.error.write(`Time: ${(performance.now() - started).toFixed(1)} ms\n`);
}

/** Shows a text that may be longer than the screen. */
export async function page({ terminal, pager }: Shell, text: string): Promise<void> {
  const { output } = terminal;
  if (!pager || text.split('\n').length <= (output.rows ?? 24)) return void output.write(text);
  const screen = pager.open();
  screen.write(text);
  screen.end();
  await screen.left;
}

/** Where results go at the moment. */
export function sinkOf(shell: Shell): ResultSink {
  const { redirect, terminal } = shell;
  if (!redirect) return makeSink(shell);
  return makeSink({ ...shell, terminal: { ...terminal, output: redirect.output }, style: plainStyle, pager: null });
}

/** Runs a statement of our own and gives its rows, by column name. */
export async function ask(client: GatewayClient, text: string): Promise<Record<string, string | null>[]> {
  const { columns, rows } = await collect((sink) => client.run(text, sink));
  return rows.map((row) => Object.fromEntries(columns.map(({ name }, i) => [name, row[i] ?? null])));
}

/** A result as a whole, up to `most` rows; `more` where there were others. */
export async function collect(
  run: (sink: ResultSink) => Promise<void>,
  most = Number.POSITIVE_INFINITY,
): Promise<{ columns: Column[]; rows: Row[]; more: boolean }> {
  let columns: Column[] = [];
  let rows: Row[] = [];
  let more = false;
  await run({
    columns: (found) => {
      columns = found;
      rows = [];
    },
    row: (row) => {
      if (rows.length < most) rows.push(row);
      else more = true;
      return true;
    },
    copy: () => true,
    done: async () => {},
    drained: async () => {},
  });
  return { columns, rows, more };
}
