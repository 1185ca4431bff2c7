// Commands that read or write files of this machine, or run its programs. Only a person, or a file of theirs, can give them.
import { dirname, isAbsolute, join } from 'node:path';
import { EXIT } from '../exit-codes.ts';
import { edited, runLocally } from '../local.ts';
import { expandHome, openRedirect } from '../output/redirect.ts';
import { Problem } from '../problem.ts';
import { linesOfFile, runLines } from '../script.ts';
import { page, type Shell } from '../shell.ts';
import { plainWords } from './arguments.ts';
import { type Command, misused } from './command.ts';
import { functionDefinition, shown, viewDefinition } from './definition.ts';

/** Files that include each other. */
const DEEPEST = 16;

async function include(shell: Shell, path: string): Promise<'leave' | 'go on'> {
  if (shell.files.length >= DEEPEST)
    throw new Problem(EXIT.usage, `${path}: files include each other ${DEEPEST} deep.`);
  const { mayAsk } = shell;
  shell.files.push(path);
  // What a file holds is nobody's answer.
  shell.mayAsk = () => false;
  try {
    return await runLines(shell, { name: path, lines: linesOfFile(path) });
  } finally {
    shell.files.pop();
    shell.mayAsk = mayAsk;
  }
}

export const i: Command = {
  usage: 'i FILE',
  help: 'runs the statements of a file, up to the first that fails',
  completes: 'file',
  run: (shell, argument) => {
    const [path] = plainWords(argument);
    if (path === undefined) throw misused(i);
    return include(shell, expandHome(path));
  },
};

export const ir: Command = {
  usage: 'ir FILE',
  help: 'the same; in a file, a path beside that file',
  completes: 'file',
  run: (shell, argument) => {
    const [path] = plainWords(argument);
    if (path === undefined) throw misused(ir);
    const from = shell.files.at(-1);
    const found = expandHome(path);
    return include(shell, from === undefined || isAbsolute(found) ? found : join(dirname(from), found));
  },
};

export const o: Command = {
  usage: 'o [FILE | |PROGRAM]',
  help: 'results into a file or a program; without one, to the screen again',
  completes: 'file',
  run: async (shell, argument) => {
    const before = shell.redirect;
    shell.redirect = null;
    await before?.close();
    if (argument !== '')
      shell.redirect = await openRedirect(
        argument.startsWith('|') ? argument : (plainWords(argument)[0] ?? ''),
        shell.terminal,
      );
  },
};

/** What was edited is on the line, to be looked at: nothing runs by itself. */
async function edit(shell: Shell, text: string): Promise<boolean> {
  if (!shell.draft) throw new Problem(EXIT.usage, 'There is nobody here to edit.');
  const after = await shell.aside(() => edited(shell, text));
  shell.draft(after ?? text);
  return after !== null;
}

export const e: Command = {
  usage: 'e',
  help: 'what is begun, or the last statement, in your editor (VISUAL, EDITOR); then Enter runs it',
  run: async (shell, _argument, begun) => {
    const text = begun.text || (shell.lastStatement === null ? '' : `${shell.lastStatement};`);
    begun.reset();
    await edit(shell, text);
  },
};

export const ef: Command = {
  usage: 'ef FUNCTION',
  help: "a function's definition in your editor",
  completes: 'function',
  run: async (shell, argument) => void (await edit(shell, `${(await functionDefinition(shell, argument)).trimEnd()};`)),
};

export const sf: Command = {
  usage: 'sf[+] FUNCTION',
  help: "a function's definition; + with the numbers of its lines",
  completes: 'function',
  run: async (shell, argument, _begun, name) =>
    page(shell, shown(await functionDefinition(shell, argument), name.endsWith('+'))),
};

export const sv: Command = {
  usage: 'sv[+] VIEW',
  help: "a view's definition",
  completes: 'relation',
  run: async (shell, argument, _begun, name) =>
    page(shell, shown(await viewDefinition(shell, argument), name.endsWith('+'))),
};

export const local: Command = {
  usage: '! [COMMAND]',
  help: 'runs a command of this machine, or a shell',
  run: async (shell, argument) => {
    const code = await shell.aside(() => runLocally(shell, argument));
    if (code !== 0) shell.terminal.error.write(`It ended with ${code ?? 'a signal'}.\n`);
  },
};
