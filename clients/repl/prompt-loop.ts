// The prompt: reads statements and commands from a person until they leave.
import { runCommand } from './commands/commands.ts';
import { runOrOffer } from './elevate.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { ConnectionLost, type GatewayClient } from './gateway-client.ts';
import type { LineReader } from './line-reader.ts';
import { visible } from './output/visible.ts';
import { Problem } from './problem.ts';
import { promptText } from './prompt.ts';
import type { Shell } from './shell.ts';
import { placeOf } from './state.ts';
import { describeMessage, StatementError } from './statement-error.ts';
import { type Open, StatementSplitter } from './statement-splitter.ts';

export interface PromptDeps {
  shell: Shell;
  reader: LineReader;
  reconnect: () => Promise<GatewayClient>;
  now: () => number;
}

const COMMANDS_HEARD: ReadonlySet<Open> = new Set(['nothing', 'statement', 'parenthesis']);

/** How often the time left is looked at. */
const REFRESH_MS = 1_000;

type Next = 'go on' | 'leave' | 'failed' | 'lost';

export async function runPrompt(deps: PromptDeps): Promise<ExitCode> {
  const { shell, reader } = deps;
  const splitter = new StatementSplitter();
  const prompt = (open: Open) => () =>
    promptText(shell.client.state, shell.client.transaction, open, deps.now(), shell.style);
  const ticking = setInterval(() => reader.refresh(), REFRESH_MS);
  ticking.unref();
  reader.onInterrupt = () => cancel(shell);
  watch(shell.client, reader);
  let entry: string[] = [];
  try {
    for (;;) {
      const typed = await reader.read(prompt(splitter.open));
      if (typed.kind === 'end') {
        shell.terminal.output.write('\n');
        return EXIT.ok;
      }
      let next: Next = typed.kind === 'woken' ? 'lost' : 'go on';
      if (typed.kind === 'interrupt') {
        splitter.reset();
        entry = [];
      } else if (typed.kind === 'line' && typed.pasted && !(await mayRunPasted(deps, typed.text))) {
        splitter.reset();
        entry = [];
      } else if (typed.kind === 'line') {
        if (splitter.open === 'nothing') entry = [];
        entry.push(typed.text);
        next = await perform(typed.text, entry, splitter, deps);
      }
      if (next === 'leave') return EXIT.ok;
      if (next === 'lost') {
        splitter.reset();
        if (!(await offerToReconnect(deps))) return EXIT.connection;
      }
    }
  } finally {
    clearInterval(ticking);
    reader.close();
  }
}

/** In write mode what was pasted is shown and asked for, and is then as typed. Also where a line of it has just begun write mode. */
async function mayRunPasted({ shell, reader }: PromptDeps, first: string): Promise<boolean> {
  if (shell.client.state.mode !== 'write') return true;
  const more = reader.takePasted();
  const { terminal } = shell;
  terminal.error.write(`\n${[first, ...more].map((line) => `  ${visible(line)}\n`).join('')}`);
  const lines = `${more.length + 1} pasted ${more.length === 0 ? 'line' : 'lines'}`;
  const answer = await reader.ask(`Run ${lines} in write mode on ${placeOf(shell.client.state)}? [y/N] `);
  if (!/^\s*y(es)?\s*$/i.test(answer ?? '')) {
    terminal.error.write('Not run.\n');
    return false;
  }
  reader.putBack(more);
  return true;
}

/** Does what a line completes. `entry`: the lines of what it belongs to. */
async function perform(
  line: string,
  entry: string[],
  splitter: StatementSplitter,
  { shell, reader }: PromptDeps,
): Promise<Next> {
  if (splitter.open === 'nothing' && /^\s*(?:exit|quit)\s*;?\s*$/i.test(line)) return 'leave';
  // Also in the middle of a statement, which stays as it is: outside quotes and comments a backslash begins no SQL.
  if (COMMANDS_HEARD.has(splitter.open) && /^\s*\\/.test(line)) {
    entry.pop();
    reader.remember(line);
    let leaving = false;
    const next = await attempt(shell, async () => {
      leaving = await runCommand(shell, line);
    });
    return leaving ? 'leave' : next;
  }
  const statements = line.split('\n').flatMap((each) => splitter.push(each));
  if (splitter.open === 'nothing') reader.remember(entry.join('\n'));
  for (const [i, statement] of statements.entries()) {
    const next = await attempt(shell, () => runOrOffer(shell, statement));
    if (next === 'go on') continue;
    const rest = statements.length - i - 1;
    if (rest > 0)
      shell.terminal.error.write(
        `Not sent: ${rest} more ${rest === 1 ? 'statement' : 'statements'} of what you entered.\n`,
      );
    return next;
  }
  return 'go on';
}

async function attempt(shell: Shell, run: () => Promise<unknown>): Promise<Next> {
  try {
    await run();
    return 'go on';
  } catch (error) {
    const { terminal, style } = shell;
    if (error instanceof StatementError) terminal.error.write(describeMessage(error.fields, error.statement, style));
    else if (error instanceof ConnectionLost) return 'lost';
    else if (error instanceof Problem) terminal.error.write(problemText(error));
    else throw error;
    return 'failed';
  }
}

export const problemText = ({ message, hint }: Problem): string =>
  `${visible(message)}\n${hint ? `${visible(hint)}\n` : ''}`;

function cancel({ client, terminal }: Shell): void {
  if (!client.busy) return;
  terminal.error.write('^C\n');
  client.cancel().catch((error: Error) => {
    terminal.error.write(`The cancel did not get through: ${visible(error.message)}\n`);
  });
}

/** A connection that is lost while nothing runs ends the wait for a line. */
function watch(client: GatewayClient, reader: LineReader): void {
  void client.lost.then(() => reader.wake());
}

/** False when the person would rather leave. */
async function offerToReconnect({ shell, reader, reconnect }: PromptDeps): Promise<boolean> {
  const { terminal } = shell;
  terminal.error.write(problemText(await shell.client.lost));
  for (;;) {
    const answer = await reader.ask('Connect again? [Y/n] ');
    if (answer === null || !/^\s*(?:y(?:es)?)?\s*$/i.test(answer)) return false;
    try {
      shell.client = await reconnect();
      watch(shell.client, reader);
      terminal.error.write('Connected again, in read mode. What was not committed is gone.\n');
      return true;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      terminal.error.write(problemText(error));
    }
  }
}
