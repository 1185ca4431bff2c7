// What the program does, from its arguments to its exit code.
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { CommanderError } from 'commander';
import { ACCOUNT_COMMANDS, runAccount } from './account/commands.ts';
import { sayWriteMode } from './elevate.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { type ConnectOptions, connect, type GatewayClient } from './gateway-client.ts';
import { listTargets } from './gateway-api.ts';
import { makeHistory } from './history.ts';
import { LineReader } from './line-reader.ts';
import { DEFAULT_PAGER, makePager } from './output/pager.ts';
import { visibleLine } from './output/visible.ts';
import { type Options, parseOptions } from './options.ts';
import { Problem } from './problem.ts';
import { problemText, runPrompt } from './prompt-loop.ts';
import { runScript } from './script.ts';
import { type Environment, historyPath, readSettings, type Settings } from './settings.ts';
import type { Shell } from './shell.ts';
import { placeOf } from './state.ts';
import { describeMessage } from './statement-error.ts';
import { copiesIn, NO_COPY_IN } from './statement-run.ts';
import { StatementSplitter } from './statement-splitter.ts';
import { makeStyle, type Style } from './style.ts';
import { isInteractive, type Terminal, wantsColor } from './terminal.ts';

export interface RunDeps {
  terminal: Terminal;
  env: Environment;
  /** Calls back on Ctrl-C where no prompt reads the keys; returns how to stop. */
  onSignal: (interrupted: () => void) => () => void;
  /** Gets, when there is a prompt, what writes a text above it: the demo shows arriving mails so. */
  onPrompt?: (say: (text: string) => void) => void;
}

export async function run(args: string[], deps: RunDeps): Promise<ExitCode> {
  const { terminal, env } = deps;
  try {
    if (ACCOUNT_COMMANDS.has(args[0] ?? '')) return await runAccount(args, deps);
    const options = parseOptions(args, {
      out: (text) => void terminal.output.write(text),
      error: (text) => void terminal.error.write(text),
    });
    checkOptions(options);
    checkCopies(options);
    const settings = readSettings(options, env);
    const target = settings.target ?? (await onlyTarget(settings));
    return await session(options, settings, target, deps);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (!(error instanceof Problem)) throw error;
    terminal.error.write(problemText(error));
    return error.exitCode;
  }
}

function checkOptions(options: Options): void {
  if (options.csv && options.json) throw new Problem(EXIT.usage, '--csv and --json exclude each other.');
  if (options.for !== undefined && options.write === undefined) throw new Problem(EXIT.usage, '--for needs --write.');
  if (options.write?.trim() === '') throw new Problem(EXIT.usage, '--write needs a reason.');
  if (options.command.length > 0 && options.file.length > 0) {
    throw new Problem(EXIT.usage, '-c and -f exclude each other: their order would not be clear.');
  }
}

/** Before anybody is told of a write mode that would be for nothing. */
function checkCopies({ command, file }: Options): void {
  const texts = [...command, ...file.filter((path) => path !== '-').map(readIfThere)];
  const splitter = new StatementSplitter();
  for (const text of texts) {
    const statements = [...text.split('\n').flatMap((line) => splitter.push(line)), splitter.end() ?? ''];
    if (statements.some(copiesIn)) throw new Problem(EXIT.statement, `${NO_COPY_IN}.`);
  }
}

/** What cannot be read is said when it is its turn. */
function readIfThere(path: string): string {
  try {
    return statSync(path).isFile() ? readFileSync(path, 'utf8') : '';
  } catch {
    return '';
  }
}

async function onlyTarget(settings: Settings): Promise<string> {
  const targets = await listTargets(settings);
  const [only] = targets;
  if (only && targets.length === 1) return only.name;
  const names = targets.map(({ name, labels }) => `  ${name}${labels.environment ? ` (${labels.environment})` : ''}`);
  throw new Problem(
    EXIT.usage,
    names.length > 0 ? `Which target? You may see:\n${names.join('\n')}` : 'There is no target that you may see.',
    'sudoql TARGET',
  );
}

async function session(options: Options, settings: Settings, target: string, deps: RunDeps): Promise<ExitCode> {
  const { terminal, env } = deps;
  const style = makeStyle(wantsColor(terminal, env));
  const scripted = options.command.length > 0 || options.file.length > 0 || !isInteractive(terminal);
  // Who hears of notices and changes; the prompt takes over once it is there.
  const hears: Pick<ConnectOptions, 'onNotice' | 'onState'> = {
    onNotice: (notice) => void terminal.error.write(describeMessage(notice, null, style)),
    onState: () => {},
  };
  const connectOptions: ConnectOptions = {
    target,
    onNotice: (notice) => hears.onNotice(notice),
    onState: () => hears.onState(),
  };
  const write = options.write === undefined ? {} : { write: { reason: options.write, duration: options.for ?? null } };
  const client = await connect(settings, { ...connectOptions, ...write });
  const shell = makeShell(client, options, style, deps, scripted);
  if (client.state.mode === 'write') sayWriteMode(shell);
  try {
    if (scripted) return await untilInterrupted(shell, deps, () => runScripts(shell, options));
    const reader = new LineReader(terminal, makeHistory(historyPath(env)));
    hears.onNotice = (notice) => reader.say(describeMessage(notice, null, style));
    hears.onState = () => reader.refresh();
    shell.ask = (question) => reader.ask(question);
    shell.mayAsk = () => reader.mayAsk;
    deps.onPrompt?.((text) => reader.say(text));
    const pager = options.pager ? makePager(env.PAGER || DEFAULT_PAGER, terminal) : null;
    shell.pager =
      pager &&
      (() => {
        const screen = pager();
        void reader.aside(() => screen.left);
        return screen;
      });
    terminal.output.write(`sudoql: ${visibleLine(placeOf(client.state))}. \\? for help, \\q to leave.\n`);
    // Where the terminal still makes signals of keys (while a pager runs), they are the pager's.
    const stop = deps.onSignal(() => {});
    try {
      return await runPrompt({ shell, reader, reconnect: () => connect(settings, connectOptions), now: Date.now });
    } finally {
      stop();
    }
  } finally {
    await shell.client.close();
  }
}

function makeShell(
  client: GatewayClient,
  options: Options,
  style: Style,
  { terminal }: RunDeps,
  scripted: boolean,
): Shell {
  return {
    client,
    terminal,
    style,
    pager: null,
    lastError: null,
    mayAsk: () => false,
    ask: async () => null,
    display: {
      format: options.csv ? 'csv' : options.json ? 'json' : 'table',
      expanded: options.expanded ? 'on' : scripted ? 'off' : 'auto',
      timing: options.timing ?? false,
      tags: !options.csv && !options.json,
    },
  };
}

async function runScripts(shell: Shell, { command, file }: Options): Promise<ExitCode> {
  const scripts =
    command.length > 0
      ? command.map((text) => text.split('\n'))
      : file.length > 0
        ? file.map((path) => linesOf(path, shell))
        : [linesOf('-', shell)];
  for (const lines of scripts) {
    const code = await runScript(shell, lines);
    if (code !== EXIT.ok) return code;
  }
  return EXIT.ok;
}

async function* linesOf(path: string, { terminal }: Shell): AsyncGenerator<string> {
  const input = path === '-' ? terminal.input : createReadStream(path);
  const failed = new Promise<never>((_, reject) => {
    input.once('error', (error: Error) => reject(new Problem(EXIT.usage, `${path} cannot be read: ${error.message}`)));
  });
  failed.catch(() => {});
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })[Symbol.asyncIterator]();
  for (;;) {
    const next = await Promise.race([lines.next(), failed]);
    if (next.done) return;
    yield next.value;
  }
}

/** Ctrl-C cancels the statement and ends the script. */
async function untilInterrupted(shell: Shell, { onSignal }: RunDeps, work: () => Promise<ExitCode>): Promise<ExitCode> {
  const interruption = Promise.withResolvers<ExitCode>();
  let interrupted = false;
  const stop = onSignal(() => {
    interrupted = true;
    const cancelled = shell.client.busy ? shell.client.cancel().catch(() => {}) : Promise.resolve();
    void cancelled.then(() => interruption.resolve(EXIT.interrupted));
  });
  try {
    const code = await Promise.race([work(), interruption.promise]);
    // The cancelled statement's own error may be there first.
    return interrupted ? EXIT.interrupted : code;
  } finally {
    stop();
  }
}
