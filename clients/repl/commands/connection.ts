// The session: where it is, what it is, another in its place.
import { visibleLine } from '../output/visible.ts';
import { type Shell, sinkOf } from '../shell.ts';
import { placeOf } from '../state.ts';
import { plainWords } from './arguments.ts';
import type { Command } from './command.ts';

export const c: Command = {
  usage: 'c [TARGET]',
  help: 'a new session, on another target or this one; it is in read mode',
  completes: 'target',
  run: async (shell, argument) => {
    const [target] = plainWords(argument);
    await shell.connectTo(target ?? null);
    shell.terminal.error.write(
      `Connected to ${visibleLine(placeOf(shell.client.state))}, in ${shell.client.state.mode} mode.\n`,
    );
  },
};

export const conninfo: Command = {
  usage: 'conninfo',
  help: 'where this session is connected',
  run: async ({ client, terminal, gateway }) => {
    const { state, user, serverVersion } = client;
    terminal.output.write(
      `You are ${visibleLine(user)} on ${visibleLine(placeOf(state))} (PostgreSQL ${visibleLine(serverVersion)}) through ${visibleLine(gateway)}, in ${state.mode} mode.\n`,
    );
  },
};

export const l: Command = {
  usage: 'l',
  help: 'the targets that you may see',
  run: async (shell: Shell) => {
    const sink = sinkOf(shell);
    sink.columns([
      { name: 'target', type: 25 },
      { name: 'environment', type: 25 },
    ]);
    const targets = await shell.targets();
    for (const { name, environment } of targets) sink.row([name, environment === '' ? null : environment]);
    await sink.done(`SELECT ${targets.length}`);
  },
};

export const errverbose: Command = {
  usage: 'errverbose',
  help: 'the last error with all that the server said of it',
  run: async ({ lastError, terminal, style }) => {
    if (!lastError) {
      terminal.output.write('There was no error.\n');
      return;
    }
    const { fields, statement } = lastError;
    const { severity, code, message, detail, hint, where, position } = fields;
    const named = (['schema', 'table', 'column', 'dataType', 'constraint'] as const).map(
      (name): [string, string | undefined] => [NAMES[name], fields[name]],
    );
    const location =
      fields.file === 'sudoql'
        ? `sudoql: ${fields.routine ?? ''}`
        : [fields.routine, [fields.file, fields.line].filter(Boolean).join(':')].filter(Boolean).join(', ');
    const lines: [string, string | undefined][] = [
      [severity ?? 'ERROR', `${code ?? ''}: ${message ?? ''}`],
      ['STATEMENT', statement],
      ['POSITION', position],
      ['DETAIL', detail],
      ['HINT', hint],
      ['CONTEXT', where],
      ...named,
      ['LOCATION', location],
    ];
    for (const [name, value] of lines)
      if (value)
        terminal.output.write(
          `${style.bold(`${visibleLine(name)}:`)} ${value.split('\n').map(visibleLine).join('\n')}\n`,
        );
  },
};

const NAMES = {
  schema: 'SCHEMA NAME',
  table: 'TABLE NAME',
  column: 'COLUMN NAME',
  dataType: 'DATATYPE NAME',
  constraint: 'CONSTRAINT NAME',
};
