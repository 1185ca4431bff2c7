// The backslash commands. They wrap what any client can type; none decides anything.
import { elevate } from '../elevate.ts';
import { EXIT } from '../exit-codes.ts';
import { Problem } from '../problem.ts';
import { ask, type Shell } from '../shell.ts';
import { describeRelation, listRelations } from './describe.ts';
import { status } from './status.ts';
import { why } from './why.ts';

export interface Command {
  /** As `\?` shows it. */
  usage: string;
  help: string;
  run(shell: Shell, argument: string): Promise<void>;
}

export const COMMANDS: Record<string, Command> = {
  sudo: {
    usage: '\\sudo [-t TIME] [REASON]',
    help: 'write mode, with a reason that your team is told; again extends. TIME: 10min, 1h',
    run: async (shell, argument) => {
      const [, duration, given] = /^(?:-t\s+(\S+)\s*)?(.*)$/s.exec(argument) ?? [];
      const reason = given || (await shell.ask('Reason: '))?.trim();
      if (!reason) throw new Problem(EXIT.usage, 'Without a reason there is no write mode.');
      await elevate(shell, reason, duration ?? null);
    },
  },
  unsudo: {
    usage: '\\unsudo',
    help: 'back to read mode; an open transaction is rolled back',
    run: async ({ client, terminal }) => {
      await ask(client, 'SELECT unsudo()');
      terminal.error.write('Read mode.\n');
    },
  },
  status: { usage: '\\status', help: 'mode, reason, time left, who and where', run: status },
  why: { usage: '\\why', help: 'why the last statement was refused, in full', run: why },
  d: {
    usage: '\\d [NAME]',
    help: 'tables and views, or the columns, indexes and constraints of one',
    run: (shell, argument) => (argument ? describeRelation(shell, argument) : listRelations(shell)),
  },
  x: {
    usage: '\\x [on|off|auto]',
    help: 'one line for each value',
    run: async ({ display, terminal }, argument) => {
      const next = argument || (display.expanded === 'on' ? 'auto' : 'on');
      if (next !== 'on' && next !== 'off' && next !== 'auto') throw usageOf('x');
      display.expanded = next;
      terminal.error.write(`Expanded display is ${next}.\n`);
    },
  },
  timing: {
    usage: '\\timing [on|off]',
    help: 'how long each statement takes',
    run: async ({ display, terminal }, argument) => {
      if (argument && argument !== 'on' && argument !== 'off') throw usageOf('timing');
      display.timing = argument ? argument === 'on' : !display.timing;
      terminal.error.write(`Timing is ${display.timing ? 'on' : 'off'}.\n`);
    },
  },
  '?': {
    usage: '\\?',
    help: 'this list',
    run: async ({ terminal, style }) => {
      const width = Math.max(...Object.values(COMMANDS).map(({ usage }) => usage.length));
      const lines = Object.values(COMMANDS).map(({ usage, help }) => `  ${style.bold(usage.padEnd(width))}  ${help}`);
      terminal.output.write(
        `${lines.join('\n')}\n\nStatements end with a semicolon. Ctrl-C cancels a statement or clears the line, Ctrl-D leaves.\n`,
      );
    },
  },
  q: { usage: '\\q', help: 'leave', run: async () => {} },
};

const usageOf = (name: string): Problem => new Problem(EXIT.usage, `Usage: ${COMMANDS[name]?.usage ?? ''}`);

/** Runs a line that begins with a backslash; true when it says to leave. Throws Problem, StatementError or ConnectionLost. */
export async function runCommand(shell: Shell, line: string): Promise<boolean> {
  const [, name = '', argument = ''] = /^\\(\S*)\s*(.*?)\s*;?\s*$/s.exec(line.trim()) ?? [];
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) {
    // psql's \dt, \quit and their like.
    const meant = Object.keys(COMMANDS).find((each) => name.startsWith(each) || (name && each.startsWith(name)));
    const hint = meant === undefined ? '' : `Did you mean \\${meant}? `;
    throw new Problem(EXIT.usage, `There is no \\${name}.`, `${hint}\\? lists what there is.`);
  }
  await command.run(shell, argument);
  return name === 'q';
}
