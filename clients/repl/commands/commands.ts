// The backslash commands. They wrap what any client can type; none decides anything.
import type { Argument } from '../complete/complete.ts';
import { elevate } from '../elevate.ts';
import { EXIT } from '../exit-codes.ts';
import { Problem } from '../problem.ts';
import { ask, page, type Shell } from '../shell.ts';
import type { Begun, Command } from './command.ts';
import { c, conninfo, errverbose, l } from './connection.ts';
import { copy } from './copy.ts';
import { describeRelations } from './describe.ts';
import { e, ef, i, ir, local, o, sf, sv } from './files.ts';
import {
  type Asked,
  listExtensions,
  listFunctions,
  listRelations,
  listRoles,
  listSchemas,
  RELATION_LETTERS,
} from './list.ts';
import { crosstabview, g, gset, gx, print, reset, watch } from './running.ts';
import { echo, set, timing, unset, x } from './settings.ts';
import { h } from './sql-help.ts';
import { status } from './status.ts';
import { why } from './why.ts';

/** `\sudo`, or with `breakGlass` `\sudo!`. */
const goIntoWriteMode =
  (breakGlass: boolean): Command['run'] =>
  async (shell, argument) => {
    const [, duration, given] = /^(?:-t\s+(\S+)\s*)?(.*)$/s.exec(argument) ?? [];
    const reason = given || (await shell.ask('Reason: '))?.trim();
    if (!reason) throw new Problem(EXIT.usage, 'Without a reason there is no write mode.');
    await elevate(shell, reason, duration ?? null, breakGlass);
  };

const sudo: Command = {
  usage: 'sudo [-t TIME] [REASON]',
  help: 'write mode, with a reason that your team is told; again extends. TIME: 10min, 1h',
  run: goIntoWriteMode(false),
};

const breakGlass: Command = {
  usage: 'sudo! [-t TIME] [REASON]',
  help: 'the same at once where others must agree, in an emergency: everybody is told, and a review is owed',
  run: goIntoWriteMode(true),
};

const unsudo: Command = {
  usage: 'unsudo',
  help: 'back to read mode; an open transaction is rolled back',
  run: async ({ client, terminal }) => {
    await ask(client, 'SELECT unsudo()');
    terminal.error.write('Read mode.\n');
  },
};

const help: Command = {
  usage: '?',
  help: 'this list',
  run: async (shell) => {
    const { terminal, style } = shell;
    const all = Object.values(COMMANDS);
    const narrow = (terminal.output.columns ?? 80) < 80;
    const width = narrow ? 0 : Math.min(34, Math.max(...all.map(({ usage }) => usage.length + 1)));
    const lines = all.map(({ usage, help: text }) => {
      const shown = `\\${usage}`;
      const behind = narrow || shown.length > width ? `\n${' '.repeat(narrow ? 6 : width + 4)}` : '  ';
      return `  ${style.bold(shown.padEnd(width))}${behind}${text}`;
    });
    await page(shell, `${lines.join('\n')}\n\n${HELP}\n`);
  },
};

const HELP = `Statements end with a semicolon, or with \\g. NAMES are patterns, as psql's: order*, public.*, "Quoted"; + says more,
S shows the system's own. Tab completes, Ctrl-R searches the history, Alt-Enter begins another line. Ctrl-C cancels a
statement or clears the line, Ctrl-D leaves.`;

const listing = (
  usage: string,
  about: string,
  completes: Argument,
  list: (shell: Shell, asked: Asked) => Promise<void>,
): Command => ({
  usage,
  help: about,
  completes,
  run: (shell, pattern, _begun, name) => list(shell, { pattern, more: name.includes('+'), system: name.includes('S') }),
});

const relations = (letters: string, about: string): Command =>
  listing(`d${letters}[S+] [NAMES]`, about, 'relation', (shell, asked) => listRelations(shell, letters, asked));

export const COMMANDS: Record<string, Command> = {
  sudo,
  'sudo!': breakGlass,
  unsudo,
  status: { usage: 'status', help: 'mode, reason, time left, who and where', run: (shell) => status(shell) },
  why: { usage: 'why', help: 'why the last statement was refused, in full', run: (shell) => why(shell) },
  d: listing(
    'd[S+] [NAMES]',
    'tables and views, or the columns, indexes and constraints of those named',
    'relation',
    (shell, asked) => (asked.pattern === '' ? listRelations(shell, 'tvmE', asked) : describeRelations(shell, asked)),
  ),
  dt: relations('t', 'tables'),
  dv: relations('v', 'views'),
  dm: relations('m', 'materialized views'),
  di: relations('i', 'indexes'),
  ds: relations('s', 'sequences'),
  df: listing('df[S+] [NAMES]', 'functions', 'function', listFunctions),
  dn: listing('dn[S+] [NAMES]', 'schemas', 'schema', listSchemas),
  du: listing('du[S+] [NAMES]', 'roles', 'none', listRoles),
  dx: listing('dx [NAMES]', 'extensions', 'none', listExtensions),
  sf,
  sv,
  l,
  c,
  conninfo,
  g,
  gx,
  gset,
  crosstabview,
  watch,
  e,
  ef,
  p: print,
  r: reset,
  i,
  ir,
  o,
  copy,
  '!': local,
  set,
  unset,
  echo,
  x,
  timing,
  errverbose,
  h,
  '?': help,
  q: { usage: 'q', help: 'leave', run: async () => 'leave' },
};

/** psql's longer names, and some of its others. */
const ALSO: Record<string, string> = {
  connect: 'c',
  dg: 'du',
  edit: 'e',
  help: 'h',
  include: 'i',
  include_relative: 'ir',
  list: 'l',
  out: 'o',
  print: 'p',
  qecho: 'echo',
  quit: 'q',
  reset: 'r',
};

/** By psql's rules: `\dt+`, `\dvS`, and letters together, `\dtv`. */
function find(name: string): Command | undefined {
  const own = (each: string) => (Object.hasOwn(COMMANDS, each) ? COMMANDS[each] : undefined);
  if (own(name)) return own(name);
  if (Object.hasOwn(ALSO, name)) return own(ALSO[name] ?? '');
  const [, plain = '', suffix = ''] = /^([a-z]+)([S+]+)$/.exec(name) ?? [];
  const withSuffix = own(plain);
  if (withSuffix && suffix !== '' && withSuffix.usage.startsWith(`${plain}[`)) return withSuffix;
  const [, letters = ''] = new RegExp(`^d([${RELATION_LETTERS}]+)[S+]*$`).exec(name) ?? [];
  return letters === '' ? undefined : relations(letters, '');
}

/** Takes its line as it is. */
const AS_IT_IS: ReadonlySet<Command> = new Set([local, copy, sudo, breakGlass, g, gx, o]);

/** Runs what begins with a backslash. Throws Problem, StatementError, ScriptFailed or ConnectionLost. */
export async function runCommand(shell: Shell, text: string, begun: Begun): Promise<'leave' | 'go on'> {
  const [, name = '', rest = ''] = /^\\(!|[^\s\\|]*)(.*)$/s.exec(text) ?? [];
  const command = find(name);
  if (!command) {
    const meant = Object.keys(COMMANDS).find((each) => name.startsWith(each) || (name && each.startsWith(name)));
    const hint = meant === undefined ? '' : `Did you mean \\${meant}? `;
    throw new Problem(EXIT.usage, `There is no \\${name}.`, `${hint}\\? lists what there is.`);
  }
  const argument = AS_IT_IS.has(command) ? rest.trim() : rest.replace(/\s*;?\s*$/, '').trim();
  return (await command.run(shell, argument, begun, name)) === 'leave' ? 'leave' : 'go on';
}
