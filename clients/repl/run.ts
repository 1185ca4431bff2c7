// What the program does, from its arguments to its exit code.
import { statSync } from 'node:fs';
import { CommanderError } from 'commander';
import { ACCOUNT_COMMANDS, runAccount } from './account/commands.ts';
import { COMMANDS } from './commands/commands.ts';
import { makeNames } from './complete/catalogue.ts';
import { type Argument, makeCompleter } from './complete/complete.ts';
import { makeHighlight } from './edit/highlight.ts';
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
import { problemText, runPrompt, watch } from './prompt-loop.ts';
import { linesOf, linesOfFile, linesOfText, runScript, type Source } from './script.ts';
import { type Environment, historyPath, readSettings, type Settings, startPath } from './settings.ts';
import { isRequestCommand, runRequestCommand } from './requests.ts';
import type { Shell } from './shell.ts';
import { placeOf } from './state.ts';
import { describeMessage } from './statement-error.ts';
import { StatementSplitter } from './statement-splitter.ts';
import { makeStyle, type Style } from './style.ts';
import { isInteractive, type Terminal, wantsColor } from './terminal.ts';
import { Variables } from './variables.ts';

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
    if (isRequestCommand(args)) return await runRequestCommand(args, deps);
    const options = parseOptions(args, {
      out: (text) => void terminal.output.write(text),
      error: (text) => void terminal.error.write(text),
    });
    checkOptions(options);
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
  const connectOptions = (to: string): ConnectOptions => ({
    target: to,
    onNotice: (notice) => hears.onNotice(notice),
    onState: () => hears.onState(),
  });
  const write = options.write === undefined ? {} : { write: { reason: options.write, duration: options.for ?? null } };
  const client = await connect(settings, { ...connectOptions(target), ...write });
  const shell = makeShell({ client, options, settings, style, deps, scripted, connectOptions });
  if (client.state.mode === 'write') sayWriteMode(shell);
  try {
    setVariables(shell, options);
    const code = scripted
      ? await untilInterrupted(shell, deps, () => runScripts(shell, options))
      : await interactive(shell, options, deps, hears);
    // Results that could not be written are a failure, however well the statements went; those that Ctrl-C cut off are not whole.
    await shell.redirect?.close().catch((error: unknown) => {
      if (code !== EXIT.interrupted) throw error;
    });
    return code;
  } catch (error) {
    // What led here is told; a program that reads the results still hears of their end.
    await shell.redirect?.close().catch(() => {});
    throw error;
  } finally {
    await shell.client.close();
  }
}

async function interactive(
  shell: Shell,
  options: Options,
  deps: RunDeps,
  hears: Pick<ConnectOptions, 'onNotice' | 'onState'>,
): Promise<ExitCode> {
  const { terminal, env } = deps;
  const { style } = shell;
  if (options.rc) {
    const rc = ownFile(startPath(env));
    // Its failures are told, and the prompt comes all the same.
    if (rc !== null && (await runScript(shell, { name: rc, lines: linesOfFile(rc) })) === 'leave') return EXIT.ok;
  }
  const splitter = new StatementSplitter();
  const names = makeNames(() => shell.client, Date.now);
  const commands = Object.entries(COMMANDS).map(([name, { completes }]): [string, Argument] => [
    name,
    completes ?? 'none',
  ]);
  const reader = new LineReader({
    terminal,
    history: makeHistory(historyPath(env)),
    highlight: makeHighlight(style),
    complete: makeCompleter({
      names,
      begun: () => splitter.begun,
      commands: new Map(commands),
      variables: () => shell.variables.names(),
      targets: async () => (await shell.targets().catch(() => [])).map(({ name }) => name),
    }),
  });
  shell.names = names;
  hears.onNotice = (notice) => reader.say(describeMessage(notice, null, style));
  hears.onState = () => reader.refresh();
  shell.ask = (question) => reader.ask(question);
  shell.mayAsk = () => reader.mayAsk;
  shell.aside = (run) => reader.aside(run);
  deps.onPrompt?.((text) => reader.say(text));
  const pager = options.pager ? makePager(env.PAGER || DEFAULT_PAGER, terminal) : null;
  shell.pager = pager && {
    scrolls: pager.scrolls,
    open: () => {
      const screen = pager.open();
      void reader.aside(() => screen.left);
      return screen;
    },
  };
  const connectTo = shell.connectTo;
  shell.connectTo = async (target) => {
    await connectTo(target);
    watch(shell, reader);
  };
  terminal.output.write(`sudoql: ${visibleLine(placeOf(shell.client.state))}. \\? for help, \\q to leave.\n`);
  // Where the terminal still makes signals of keys (while a pager runs), they are the pager's.
  const stop = deps.onSignal(() => {});
  try {
    return await runPrompt({ shell, reader, splitter, now: Date.now });
  } finally {
    stop();
  }
}

/** A file that others could write would speak for the person; null where there is none. Throws a Problem. */
function ownFile(path: string): string | null {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return null;
  const mine = process.getuid === undefined || found.uid === process.getuid();
  if (process.platform !== 'win32' && (!mine || (found.mode & 0o022) !== 0))
    throw new Problem(
      EXIT.usage,
      `${path} can be written by others, and it runs at each start.`,
      `Run: chmod go-w ${path}; or start with --no-rc.`,
    );
  return path;
}

function setVariables(shell: Shell, { set }: Options): void {
  for (const each of set) {
    const at = each.indexOf('=');
    shell.variables.set(at < 0 ? each : each.slice(0, at), at < 0 ? '' : each.slice(at + 1));
  }
}

interface ShellParts {
  client: GatewayClient;
  options: Options;
  settings: Settings;
  style: Style;
  deps: RunDeps;
  scripted: boolean;
  connectOptions: (target: string) => ConnectOptions;
}

function makeShell({ client, options, settings, style, deps, scripted, connectOptions }: ShellParts): Shell {
  const { terminal, env } = deps;
  const shell: Shell = {
    client,
    terminal,
    env,
    style,
    variables: new Variables(),
    names: null,
    pager: null,
    redirect: null,
    lastError: null,
    lastStatement: null,
    mayAsk: () => false,
    ask: async () => null,
    copyData: null,
    draft: null,
    aside: (run) => run(),
    // Write mode belongs to the session that is left: a new one begins in read.
    connectTo: async (target) => {
      const next = await connect(settings, connectOptions(target ?? shell.client.state.target));
      const before = shell.client;
      shell.client = next;
      if (before.usable) await before.close();
    },
    targets: async () =>
      (await listTargets(settings)).map(({ name, labels }) => ({ name, environment: labels.environment ?? '' })),
    gateway: settings.url.href,
    onInterrupt: null,
    files: [],
    display: {
      format: options.csv ? 'csv' : options.json ? 'json' : 'table',
      expanded: options.expanded ? 'on' : scripted ? 'off' : 'auto',
      timing: options.timing ?? false,
      tags: !options.csv && !options.json,
    },
  };
  return shell;
}

async function runScripts(shell: Shell, { command, file }: Options): Promise<ExitCode> {
  const { input } = shell.terminal;
  const stdin = linesOf('standard input', input);
  const standard = (name: string): Source => ({ name, lines: stdin });
  const scripts: Source[] =
    command.length > 0
      ? command.map((text) => ({ name: null, lines: linesOfText(text), data: stdin }))
      : file.map((path) => (path === '-' ? standard('-') : { name: path, lines: linesOfFile(path) }));
  for (const source of scripts.length > 0 ? scripts : [standard('<stdin>')]) {
    if (source.name !== null) shell.files.push(source.name);
    const code = await runScript(shell, source);
    shell.files.pop();
    if (code === 'leave') return EXIT.ok;
    if (code !== EXIT.ok) return code;
  }
  return EXIT.ok;
}

/** Ctrl-C cancels the statement and ends the script. */
async function untilInterrupted(shell: Shell, { onSignal }: RunDeps, work: () => Promise<ExitCode>): Promise<ExitCode> {
  const interruption = Promise.withResolvers<ExitCode>();
  let interrupted = false;
  const stop = onSignal(() => {
    interrupted = true;
    // A cancel that does not get through changes nothing: the statement ends with the connection, which is closed next.
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
