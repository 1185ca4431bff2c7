// What the prompt, the scripts and the backslash commands share.
import type { GatewayClient } from './gateway-client.ts';
import type { Pager } from './output/pager.ts';
import type { Column, ResultSink, Row } from './output/result.ts';
import { type Display, makeSink } from './output/sinks.ts';
import { StatementError } from './statement-error.ts';
import type { Style } from './style.ts';
import type { Terminal } from './terminal.ts';

export interface Shell {
  client: GatewayClient;
  terminal: Terminal;
  display: Display;
  style: Style;
  pager: Pager | null;
  /** The last statement that failed, for `\why`. */
  lastError: StatementError | null;
  /** Whether somebody is there who could be asked: nobody is where lines were typed ahead. */
  mayAsk: () => boolean;
  /** Asks a person; null where nobody is there, or nobody answered. */
  ask: (question: string) => Promise<string | null>;
}

/** Runs a statement and shows its result. Throws StatementError or ConnectionLost. */
export async function runStatement(shell: Shell, text: string): Promise<void> {
  const started = performance.now();
  try {
    await shell.client.run(text, makeSink(shell));
  } catch (error) {
    if (error instanceof StatementError) shell.lastError = error;
    throw error;
  }
  if (shell.display.timing) shell.terminal.error.write(`Time: ${(performance.now() - started).toFixed(1)} ms\n`);
}

/** Runs a statement of our own and gives its rows, by column name. */
export async function ask(client: GatewayClient, text: string): Promise<Record<string, string | null>[]> {
  let columns: Column[] = [];
  const rows: Row[] = [];
  const sink: ResultSink = {
    columns: (found) => {
      columns = found;
    },
    row: (row) => {
      rows.push(row);
      return true;
    },
    copy: () => true,
    done: async () => {},
    drained: async () => {},
  };
  await client.run(text, sink);
  return rows.map((row) => Object.fromEntries(columns.map(({ name }, i) => [name, row[i] ?? null])));
}
