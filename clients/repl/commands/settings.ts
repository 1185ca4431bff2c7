// How results look, and variables.
import { visibleLine } from '../output/visible.ts';
import { plainWords, words } from './arguments.ts';
import { type Command, misused } from './command.ts';

export const x: Command = {
  usage: 'x [on|off|auto]',
  help: 'one line for each value',
  completes: 'switch',
  run: async ({ display, terminal }, argument) => {
    const next = argument || (display.expanded === 'on' ? 'auto' : 'on');
    if (next !== 'on' && next !== 'off' && next !== 'auto') throw misused(x);
    display.expanded = next;
    terminal.error.write(`Expanded display is ${next}.\n`);
  },
};

export const timing: Command = {
  usage: 'timing [on|off]',
  help: 'how long each statement takes',
  completes: 'switch',
  run: async ({ display, terminal }, argument) => {
    if (argument && argument !== 'on' && argument !== 'off') throw misused(timing);
    display.timing = argument ? argument === 'on' : !display.timing;
    terminal.error.write(`Timing is ${display.timing ? 'on' : 'off'}.\n`);
  },
};

export const set: Command = {
  usage: 'set [NAME [VALUE …]]',
  help: 'variables, for :name and, quoted, :\'name\' and :"name"; PROMPT1 and PROMPT2 are the prompt',
  completes: 'variable',
  run: async ({ variables, terminal }, argument) => {
    const [name, ...values] = words(argument);
    if (name !== undefined) return variables.set(name, values.join(''));
    for (const each of variables.names())
      terminal.output.write(`${each} = '${visibleLine(variables.get(each) ?? '')}'\n`);
  },
};

export const unset: Command = {
  usage: 'unset NAME',
  help: 'takes a variable away',
  completes: 'variable',
  run: async ({ variables }, argument) => {
    const [name] = plainWords(argument);
    if (name === undefined) throw misused(unset);
    variables.unset(name);
  },
};

export const echo: Command = {
  usage: 'echo TEXT',
  help: 'prints a text',
  run: async ({ terminal, variables }, argument) => {
    const text = plainWords(argument).map((word) =>
      /^:\w+$/.test(word) ? (variables.get(word.slice(1)) ?? word) : word,
    );
    terminal.output.write(`${text.map(visibleLine).join(' ')}\n`);
  },
};
