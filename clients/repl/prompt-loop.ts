// The prompt: reads statements and commands from a person until they leave.
import { runOrOffer } from './elevate.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { ConnectionLost } from './gateway-client.ts';
import { runPiece } from './input.ts';
import type { LineReader, Typed } from './line-reader.ts';
import { visible } from './output/visible.ts';
import { Problem } from './problem.ts';
import { promptText } from './prompt.ts';
import { sayFailure, ScriptFailed } from './script.ts';
import type { Shell } from './shell.ts';
import { placeOf } from './state.ts';
import { describeMessage, StatementError } from './statement-error.ts';
import type { CopyData } from './statement-run.ts';
import { StatementSplitter } from './statement-splitter.ts';

export interface PromptDeps {
  shell: Shell;
  reader: LineReader;
  splitter: StatementSplitter;
  now: () => number;
}

/** How often the time left is looked at. */
const REFRESH_MS = 1_000;

type Next = 'go on' | 'leave' | 'failed' | 'lost';

export async function runPrompt(deps: PromptDeps): Promise<ExitCode> {
  const { shell, reader, splitter } = deps;
  const ticking = setInterval(() => reader.refresh(), REFRESH_MS);
  ticking.unref();
  reader.onInterrupt = () => interrupt(shell);
  let draft = '';
  shell.draft = (text) => {
    draft = text;
  };
  shell.copyData = typedData(reader);
  const entry: string[] = [];
  watch(shell, reader);
  try {
    for (;;) {
      const begin = draft;
      draft = '';
      const typed = await reader.read(prompt(deps), begin);
      if (typed.kind === 'end') {
        shell.terminal.output.write('\n');
        return EXIT.ok;
      }
      let next: Next = typed.kind === 'woken' ? 'lost' : 'go on';
      if (typed.kind === 'interrupt') {
        splitter.reset();
        entry.length = 0;
      } else if (typed.kind === 'line') next = await perform(typed, entry, deps);
      if (next === 'leave') return EXIT.ok;
      if (next === 'lost') {
        splitter.reset();
        entry.length = 0;
        if (!(await offerToReconnect(deps))) return EXIT.connection;
      }
    }
  } finally {
    clearInterval(ticking);
    reader.close();
  }
}

const prompt =
  ({ shell, splitter, now }: PromptDeps) =>
  (): string => {
    const { client, style, variables, gateway } = shell;
    return promptText({
      state: client.state,
      transaction: client.transaction,
      open: splitter.open,
      now: now(),
      style,
      user: client.user,
      host: new URL(gateway).host,
      own: { first: variables.get('PROMPT1'), next: variables.get('PROMPT2') },
      variable: (name) => variables.get(name),
    });
  };

/** Does what the lines complete that were entered together. `entry`: the lines of what they belong to. The first failure ends them. */
async function perform({ text, pasted }: Typed & { kind: 'line' }, entry: string[], deps: PromptDeps): Promise<Next> {
  const { shell, reader, splitter } = deps;
  const lines = text.split('\n');
  let asked = !pasted;
  for (const [i, line] of lines.entries()) {
    if (splitter.open === 'nothing' && /^\s*(?:exit|quit)\s*;?\s*$/i.test(line)) return 'leave';
    const rest = lines.slice(i + 1);
    if (!asked && (shell.client.state.mode === 'write' || [line, ...rest].some((each) => LOCAL.test(each)))) {
      asked = await mayRunPasted(deps, [line, ...rest]);
      if (!asked) {
        splitter.reset();
        entry.length = 0;
        return 'failed';
      }
    }
    const before = splitter.open;
    const pieces = [...splitter.push(line)];
    const command = before === 'nothing' && /^\s*\\/.test(line);
    if (command) reader.remember(line.trim());
    else entry.push(line);
    const keep = (): void => {
      if (splitter.open !== 'nothing') return;
      if (entry.length > 0) reader.remember(entry.join('\n'));
      entry.length = 0;
    };
    keep();
    for (const [n, piece] of pieces.entries()) {
      const more = () => pieces.length - n - 1 + statementsIn(rest);
      const { mayAsk } = shell;
      // What was entered behind it is no answer.
      shell.mayAsk = () => more() === 0 && reader.mayAsk;
      let leaving = false;
      const next = await attempt(shell, async () => {
        leaving = (await runPiece(shell, piece, splitter, (statement) => runOrOffer(shell, statement))) === 'leave';
      });
      shell.mayAsk = mayAsk;
      keep();
      if (leaving) return 'leave';
      if (next === 'go on') continue;
      const left = more();
      if (left > 0) shell.terminal.error.write(`Not run: ${left} more of what you entered.\n`);
      return next;
    }
  }
  return 'go on';
}

/** A line that runs a program of this machine, or reads or writes a file of it. */
const LOCAL = /\\(?:!|(?:o|out|g|gx|i|ir|include|include_relative|copy)\b\s*\S)/;

function statementsIn(lines: string[]): number {
  const splitter = new StatementSplitter();
  const found = lines.flatMap((line) => [...splitter.push(line)]);
  return found.length + (splitter.end() === null ? 0 : 1);
}

/** What was pasted is shown and asked for, and is then as typed: in write mode, and where it would run programs or use files of this machine. */
async function mayRunPasted({ shell, reader }: PromptDeps, lines: string[]): Promise<boolean> {
  const { terminal } = shell;
  terminal.error.write(`${lines.map((line) => `  ${visible(line)}\n`).join('')}`);
  const counted = `${lines.length} pasted ${lines.length === 1 ? 'line' : 'lines'}`;
  const how =
    shell.client.state.mode === 'write'
      ? `in write mode on ${placeOf(shell.client.state)}`
      : 'which run programs or use files of this machine';
  const answer = await reader.ask(`Run ${counted} ${how}? [y/N] `);
  if (/^\s*y(es)?\s*$/i.test(answer ?? '')) return true;
  terminal.error.write('Not run.\n');
  return false;
}

async function attempt(shell: Shell, run: () => Promise<unknown>): Promise<Next> {
  try {
    await run();
    return 'go on';
  } catch (error) {
    const { terminal, style } = shell;
    if (error instanceof StatementError) {
      terminal.error.write(describeMessage(error.fields, error.statement, style, terminal.output.columns));
    } else if (error instanceof ScriptFailed) sayFailure(shell, error);
    else if (error instanceof ConnectionLost) return 'lost';
    else if (error instanceof Problem) terminal.error.write(problemText(error));
    else throw error;
    return 'failed';
  }
}

export const problemText = ({ message, hint }: Problem): string =>
  `${visible(message)}\n${hint ? `${visible(hint)}\n` : ''}`;

function interrupt(shell: Shell): void {
  const { client, terminal } = shell;
  shell.onInterrupt?.();
  if (!client.busy) return;
  terminal.error.write('^C\n');
  client.cancel().catch((error: Error) => {
    terminal.error.write(`The cancel did not get through: ${visible(error.message)}\n`);
  });
}

/** A connection that is lost while nothing runs ends the wait for a line. */
export function watch(shell: Shell, reader: LineReader): void {
  const { client } = shell;
  void client.lost.then(() => {
    if (shell.client === client) reader.wake();
  });
}

/** Data of a COPY that is typed, up to `\.` or Ctrl-D. */
function typedData(reader: LineReader): CopyData {
  return {
    stop: () => reader.wake(),
    async *chunks() {
      for (;;) {
        const typed = await reader.read(() => '>> ');
        if (typed.kind === 'interrupt') throw new Error('it was interrupted');
        if (typed.kind !== 'line') return;
        for (const line of typed.text.split('\n')) {
          if (line === '\\.') return;
          yield Buffer.from(`${line}\n`);
        }
      }
    },
  };
}

/** False when the person would rather leave. */
async function offerToReconnect({ shell, reader }: PromptDeps): Promise<boolean> {
  const { terminal } = shell;
  terminal.error.write(problemText(await shell.client.lost));
  for (;;) {
    const answer = await reader.ask('Connect again? [Y/n] ');
    if (answer === null || !/^\s*(?:y(?:es)?)?\s*$/i.test(answer)) return false;
    try {
      await shell.connectTo(null);
      terminal.error.write('Connected again, in read mode. What was not committed is gone.\n');
      return true;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      terminal.error.write(problemText(error));
    }
  }
}
