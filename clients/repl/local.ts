// Programs of the person's own: `\!`, an editor. What comes from a server is never a part of a command.
import { spawn } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { EXIT } from './exit-codes.ts';
import { Problem } from './problem.ts';
import type { Shell } from './shell.ts';

/** Runs a line by the person's shell, on their terminal. Resolves to its exit code; null when a signal ended it. */
export function runLocally({ terminal, env }: Shell, command: string): Promise<number | null> {
  const own = terminal.output === process.stdout;
  const child = spawn(env.SHELL || '/bin/sh', command === '' ? [] : ['-c', command], {
    stdio: own ? 'inherit' : ['ignore', 'pipe', 'pipe'],
  });
  child.stdout?.pipe(terminal.output, { end: false });
  child.stderr?.pipe(terminal.error, { end: false });
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new Problem(EXIT.usage, `The shell cannot be started: ${error.message}`)));
    child.once('close', resolve);
  });
}

/** Editors that obey lines within a text ("modelines"), which may be a server's: told not to. */
const OBEDIENT = /^(n?vim?|view|g?vim|vimx)$/;

/** `text` as the person leaves it in their editor; null when nothing was changed. Throws a Problem. */
export async function edited({ env, terminal }: Shell, text: string): Promise<string | null> {
  const editor = env.VISUAL || env.EDITOR || 'vi';
  const directory = await mkdtemp(join(tmpdir(), 'sudoql-'));
  const path = join(directory, 'statement.sql');
  try {
    await chmod(directory, 0o700);
    await writeFile(path, text === '' ? '' : `${text}\n`, { mode: 0o600 });
    const careful = OBEDIENT.test(basename(editor.split(' ')[0] ?? '')) ? ` --cmd 'set nomodeline'` : '';
    const own = terminal.output === process.stdout;
    const child = spawn('/bin/sh', ['-c', `${editor}${careful} "$0"`, path], { stdio: own ? 'inherit' : 'ignore' });
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', (error) => reject(new Problem(EXIT.usage, `The editor cannot be started: ${error.message}`)));
      child.once('exit', resolve);
    });
    if (code !== 0)
      throw new Problem(
        EXIT.usage,
        `The editor (${editor}) ended with ${code ?? 'a signal'}; nothing was taken from it.`,
      );
    const after = (await readFile(path, 'utf8')).replace(/\s+$/, '');
    return after === text.trimEnd() ? null : after;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
